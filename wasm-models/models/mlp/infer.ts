import { allocate, DataType, ErrorCode, failure, functionAt, functionList, inputAt, invalidInput, ok, outputAt } from '../../sdk';
import { TensorList, tensorList, writeFunction, writeMatrixSpec, writeTensor } from '../../sdk';
import { forwardLayer, softmaxRow } from './forward';
import { Network } from './network';

/** What a buffer may take at most: sizes in bytes are 32-bit. */
const MEMORY_BYTES: u64 = 0x7fffffff;

export function describe(network: Network | null): usize {
  const list = functionList(1);
  const spec = functionAt(list, 0);
  writeFunction(spec, 'infer', 1, 1);
  writeMatrixSpec(inputAt(spec, 0), 'features', DataType.FLOAT32, -1, network ? network.inputs : -1);
  writeMatrixSpec(outputAt(spec, 0), 'probabilities', DataType.FLOAT32, -1, network ? network.classes : -1);
  return list;
}

export function classify(network: Network | null, inputs: TensorList): usize {
  if (!network) return failure(ErrorCode.NOT_LOADED, 'load the weights first');
  const features = inputs.find('features');
  if (!features || inputs.length !== 1) return invalidInput('one input, features, is expected');
  if (features.dataType !== DataType.FLOAT32 || features.rank !== 2 || !features.fits(4)) {
    return invalidInput('features must be FP32 [rows, ' + network.inputs.toString() + ']');
  }
  if (features.size(1) !== network.inputs) {
    return invalidInput('features must have ' + network.inputs.toString() + ' columns');
  }
  if ((<u64>features.size(0) * network.widest) << 2 > MEMORY_BYTES) return invalidInput('features have too many rows');
  return answer(network, features.data, features.size(0));
}

function answer(network: Network, features: usize, rows: u32): usize {
  const classes = network.classes;
  const bytes = (rows * classes) << 2;
  const probabilities = allocate(bytes);
  const scores = forward(network, features, rows);
  const stride = <usize>network.padded(network.layers) << 2;
  for (let row: u32 = 0; row < rows; row++) {
    softmaxRow(scores + row * stride, probabilities + ((row * classes) << 2), classes);
  }
  const outputs = tensorList(1);
  writeTensor(outputs.at(0), 'probabilities', DataType.FLOAT32, 2, rows, classes, probabilities, bytes);
  const result = ok();
  store<usize>(result, outputs.pointer, 4);
  store<u32>(result, outputs.length, 8);
  return result;
}

/** Through all layers with two buffers in turn; the answer is the scores, rows padded. */
function forward(network: Network, features: usize, rows: u32): usize {
  const bytes = (<usize>rows * network.widest) << 2;
  let input = features;
  let inputStride = <usize>network.inputs << 2;
  let output = allocate(bytes);
  let spare = allocate(bytes);
  for (let layer = 0; layer < network.layers; layer++) {
    forwardLayer(network, layer, input, inputStride, rows, output);
    input = output;
    inputStride = <usize>network.padded(layer + 1) << 2;
    output = spare;
    spare = input;
  }
  return input;
}
