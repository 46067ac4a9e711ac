import { DataType, Tensor, TensorList } from '../../sdk';

/** More than any classifier or detector of today takes; a bound for the buffers. */
const SIDE_MAX: i32 = 4_096;
const NAMES: StaticArray<string> = [
  'size', 'shortest-side', 'antialias', 'bgr', 'channels-last', 'scale', 'mean', 'std',
];

/** The weights: what a prepared image is like. README.md says what each tensor means. */
@unmanaged
export class Settings {
  height: i32;
  width: i32;
  /** 0 where the image is stretched. */
  shortestSide: i32;
  isAntialiased: bool;
  isBgr: bool;
  isChannelsLast: bool;
  /** Red, green, blue: a value becomes value · factor + offset. */
  factor0: f32;
  factor1: f32;
  factor2: f32;
  offset0: f32;
  offset1: f32;
  offset2: f32;
}

/** What is wrong with a list of weights, or null. A tensor that is not known is a fault: it may be misspelt. */
export function findFault(tensors: TensorList): string | null {
  for (let index = 0; index < <i32>tensors.length; index++) {
    if (!NAMES.includes(tensors.at(index).name)) return 'there is no setting ' + tensors.at(index).name;
  }
  const size = tensors.find('size');
  if (!size) return 'size is missing';
  if (!isSides(size, 2)) return 'size must be INT32 [2], height and width from 1 to 4096';
  const shortestSide = tensors.find('shortest-side');
  if (shortestSide && (!isSides(shortestSide, 1) || side(shortestSide, 0) < max(side(size, 0), side(size, 1)))) {
    return 'shortest-side must be INT32 [1], not less than the sides of size';
  }
  if (!isFlag(tensors, 'antialias')) return 'antialias must be BOOL [1]';
  if (!isFlag(tensors, 'bgr')) return 'bgr must be BOOL [1]';
  if (!isFlag(tensors, 'channels-last')) return 'channels-last must be BOOL [1]';
  return findNumberFault(tensors);
}

function findNumberFault(tensors: TensorList): string | null {
  if (!isNumbers(tensors.find('scale'), 1)) return 'scale must be FP32 [1], and finite';
  if (!isNumbers(tensors.find('mean'), 3)) return 'mean must be FP32 [3], and finite';
  const deviation = tensors.find('std');
  if (!isNumbers(deviation, 3)) return 'std must be FP32 [3], and finite';
  for (let channel = 0; channel < 3; channel++) {
    if (!(numberAt(deviation, channel, 1) > 0)) return 'std must be above 0';
  }
  return null;
}

function isSides(tensor: Tensor, count: u32): bool {
  if (tensor.dataType !== DataType.INT32 || tensor.rank !== 1 || tensor.size(0) !== count || !tensor.fits(4)) return false;
  for (let axis: u32 = 0; axis < count; axis++) {
    if (side(tensor, axis) < 1 || side(tensor, axis) > SIDE_MAX) return false;
  }
  return true;
}

function isFlag(tensors: TensorList, name: string): bool {
  const tensor = tensors.find(name);
  if (!tensor) return true;
  return tensor.dataType === DataType.BOOLEAN && tensor.rank === 1 && tensor.size(0) === 1 && tensor.fits(1);
}

function isNumbers(tensor: Tensor | null, count: u32): bool {
  if (!tensor) return true;
  if (tensor.dataType !== DataType.FLOAT32 || tensor.rank !== 1 || tensor.size(0) !== count || !tensor.fits(4)) return false;
  for (let channel = 0; channel < <i32>count; channel++) {
    if (!isFinite(numberAt(tensor, channel, 0))) return false;
  }
  return true;
}

/** Takes weights that were checked. */
export function readSettings(settings: Settings, tensors: TensorList): void {
  const size = tensors.find('size')!;
  const shortestSide = tensors.find('shortest-side');
  settings.height = side(size, 0);
  settings.width = side(size, 1);
  settings.shortestSide = shortestSide ? side(shortestSide, 0) : 0;
  settings.isAntialiased = flag(tensors, 'antialias');
  settings.isBgr = flag(tensors, 'bgr');
  settings.isChannelsLast = flag(tensors, 'channels-last');
  settings.factor0 = factor(tensors, 0);
  settings.factor1 = factor(tensors, 1);
  settings.factor2 = factor(tensors, 2);
  settings.offset0 = offset(tensors, 0);
  settings.offset1 = offset(tensors, 1);
  settings.offset2 = offset(tensors, 2);
}

/** (value · scale − mean) / std, as one product and one sum. */
function factor(tensors: TensorList, channel: i32): f32 {
  const scale = <f64>numberAt(tensors.find('scale'), 0, 1);
  return <f32>(scale / <f64>numberAt(tensors.find('std'), channel, 1));
}

function offset(tensors: TensorList, channel: i32): f32 {
  const mean = <f64>numberAt(tensors.find('mean'), channel, 0);
  return <f32>(-mean / <f64>numberAt(tensors.find('std'), channel, 1));
}

function side(tensor: Tensor, axis: u32): i32 {
  return load<i32>(tensor.data + (axis << 2));
}

function flag(tensors: TensorList, name: string): bool {
  const tensor = tensors.find(name);
  return tensor !== null && load<u8>(tensor.data) !== 0;
}

function numberAt(tensor: Tensor | null, channel: i32, otherwise: f32): f32 {
  return tensor ? load<f32>(tensor.data + (<usize>channel << 2)) : otherwise;
}
