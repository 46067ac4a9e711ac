import { allocate, DataType, Tensor, TensorList, tensorList, writeTensor } from '../../sdk';

export const WINDOW_MIN: f32 = 4;
export const WINDOW_MAX: f32 = 65_536;

/** The weights: four numbers, each an FP32 [1] tensor of its own. README.md says what they mean. */
@unmanaged
export class Settings {
  window: i32;
  threshold: f32;
  median: f32;
  /** Below 0 before the detector was fitted. */
  scale: f32;
}

export function newSettings(): Settings {
  return changetype<Settings>(heap.alloc(offsetof<Settings>()));
}

/** What is wrong with a list of weights, or null. */
export function findFault(tensors: TensorList): string | null {
  if (tensors.length !== 4) return 'weights must be window, threshold, median and scale';
  const window = tensors.find('window');
  const threshold = tensors.find('threshold');
  const median = tensors.find('median');
  const scale = tensors.find('scale');
  if (!isNumber(window)) return 'window must be FP32 [1]';
  if (!isNumber(threshold)) return 'threshold must be FP32 [1]';
  if (!isNumber(median)) return 'median must be FP32 [1], and finite';
  if (!isNumber(scale)) return 'scale must be FP32 [1], and finite';
  const values = numberOf(window!);
  if (values < WINDOW_MIN || values > WINDOW_MAX || floor(values) !== values) {
    return 'window must be a whole number from 4 to 65536';
  }
  return numberOf(threshold!) > 0 ? null : 'threshold must be above 0';
}

function isNumber(tensor: Tensor | null): bool {
  if (!tensor || tensor.dataType !== DataType.FLOAT32 || tensor.rank !== 1 || tensor.dataBytes !== 4) return false;
  return tensor.fits(4) && isFinite(numberOf(tensor));
}

function numberOf(tensor: Tensor): f32 {
  return load<f32>(tensor.data);
}

/** Takes weights that were checked. */
export function readSettings(settings: Settings, tensors: TensorList): void {
  settings.window = <i32>numberOf(tensors.find('window')!);
  settings.threshold = numberOf(tensors.find('threshold')!);
  settings.median = numberOf(tensors.find('median')!);
  settings.scale = numberOf(tensors.find('scale')!);
}

export function writeSettings(settings: Settings): TensorList {
  const list = tensorList(4);
  writeNumber(list.at(0), 'window', <f32>settings.window);
  writeNumber(list.at(1), 'threshold', settings.threshold);
  writeNumber(list.at(2), 'median', settings.median);
  writeNumber(list.at(3), 'scale', settings.scale);
  return list;
}

function writeNumber(tensor: Tensor, name: string, value: f32): void {
  const data = allocate(4);
  store<f32>(data, value);
  writeTensor(tensor, name, DataType.FLOAT32, 1, 1, 0, data, 4);
}
