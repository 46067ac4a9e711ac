/**
 * Makes of the pixels of a photograph what a model of images takes: resized, normalised, in the order that it wants.
 * Exports are named <interface>_<function>; the build gives them their names in the contract.
 */
import { allocate, asList, DataType, ErrorCode, failure, functionAt, functionList, inputAt, invalidInput } from '../../sdk';
import { ok, outputAt, readText, Tensor, TensorList, tensorList, textIs, writeFunction, writeTensorSpec, writeText } from '../../sdk';
import { prepare } from './prepare';
import { findFault, readSettings, Settings } from './settings';

export { cabi_realloc, releaseCall } from '../../sdk';

let settings: Settings | null = null;

export function inference_metadata(): usize {
  const list = functionList(2);
  describe(functionAt(list, 0), 'prepare', DataType.FLOAT32);
  describe(functionAt(list, 1), 'prepare-half', DataType.FLOAT16);
  return list;
}

function describe(spec: usize, name: string, dataType: u8): void {
  writeFunction(spec, name, 1, 1);
  writeTensorSpec(inputAt(spec, 0), 'pixels', DataType.UINT8, [-1, -1, -1]);
  const known = settings;
  const height = known ? known.height : -1;
  const width = known ? known.width : -1;
  // Without weights it is not known where the channels stand.
  if (!known) writeTensorSpec(outputAt(spec, 0), 'image', dataType, [1, -1, -1, -1]);
  else if (known.isChannelsLast) writeTensorSpec(outputAt(spec, 0), 'image', dataType, [1, height, width, 3]);
  else writeTensorSpec(outputAt(spec, 0), 'image', dataType, [1, 3, height, width]);
}

export function inference_load(weights: usize, count: u32): usize {
  const tensors = asList(weights, count);
  const fault = findFault(tensors);
  if (fault) return invalidInput(fault);
  const loaded = settings || changetype<Settings>(heap.alloc(offsetof<Settings>()));
  readSettings(loaded, tensors);
  settings = loaded;
  return ok();
}

export function inference_infer(name: usize, nameBytes: u32, inputs: usize, count: u32): usize {
  const isHalf = textIs(name, nameBytes, 'prepare-half');
  if (!isHalf && !textIs(name, nameBytes, 'prepare')) {
    return failure(ErrorCode.UNKNOWN_FUNCTION, 'there is no function ' + readText(name, nameBytes));
  }
  const known = settings;
  if (!known) return failure(ErrorCode.NOT_LOADED, 'load the weights first');
  return answer(known, isHalf, asList(inputs, count));
}

function answer(known: Settings, isHalf: bool, inputs: TensorList): usize {
  const pixels = inputs.find('pixels');
  if (!pixels || inputs.length !== 1) return invalidInput('one input, pixels, is expected');
  if (!isImage(pixels)) return invalidInput('pixels must be UINT8 [height, width, 3 or 4], with at least one pixel');
  const bytes = (<usize>known.height * known.width * 3) << (isHalf ? 1 : 2);
  const image = allocate(bytes);
  prepare(image, isHalf, pixels.data, pixels.size(0), pixels.size(1), pixels.size(2), known);
  const outputs = tensorList(1);
  writeImage(outputs.at(0), known, isHalf ? DataType.FLOAT16 : DataType.FLOAT32, image, bytes);
  const result = ok();
  store<usize>(result, outputs.pointer, 4);
  store<u32>(result, outputs.length, 8);
  return result;
}

function isImage(pixels: Tensor): bool {
  if (pixels.dataType !== DataType.UINT8 || pixels.rank !== 3 || !pixels.fits(1) || pixels.dataBytes === 0) return false;
  return pixels.size(2) === 3 || pixels.size(2) === 4;
}

function writeImage(tensor: Tensor, known: Settings, dataType: u8, data: usize, bytes: u32): void {
  writeText(changetype<usize>(tensor), 'image');
  tensor.dataType = dataType;
  tensor.shapePointer = allocate(16);
  store<i32>(tensor.shapePointer, 1);
  store<i32>(tensor.shapePointer, known.isChannelsLast ? known.height : 3, 4);
  store<i32>(tensor.shapePointer, known.isChannelsLast ? known.width : known.height, 8);
  store<i32>(tensor.shapePointer, known.isChannelsLast ? 3 : known.width, 12);
  tensor.rank = 4;
  tensor.data = data;
  tensor.dataBytes = bytes;
}
