import { DataType, Tensor, TensorList, tensorList, writeTensor, allocate } from '../../sdk';

/** More layers than any sensible perceptron has; a bound for the tables below. */
const LAYERS_MAX: i32 = 64;

/**
 * The weights of a perceptron. Every matrix is stored with inputs and outputs padded to multiples of four by zeros
 * (kernels.ts); the padding stays zero through training because the padded activations and deltas are zero.
 */
@unmanaged
export class Network {
  layers: i32;
  /** i32[layers + 1]: inputs, hidden sizes, classes. */
  sizes: usize;
  /** usize[layers]: matrices [padded inputs, padded outputs]. */
  weights: usize;
  /** usize[layers]: [padded outputs] */
  biases: usize;

  size(layer: i32): i32 {
    return load<i32>(this.sizes + (layer << 2));
  }

  padded(layer: i32): i32 {
    return paddedSize(this.size(layer));
  }

  weight(layer: i32): usize {
    return load<usize>(this.weights + (layer << 2));
  }

  bias(layer: i32): usize {
    return load<usize>(this.biases + (layer << 2));
  }

  weightBytes(layer: i32): usize {
    return (<usize>this.padded(layer) * this.padded(layer + 1)) << 2;
  }

  biasBytes(layer: i32): usize {
    return <usize>this.padded(layer + 1) << 2;
  }

  get inputs(): i32 {
    return this.size(0);
  }

  get classes(): i32 {
    return this.size(this.layers);
  }

  /** The widest row of any activation, padded. */
  get widest(): i32 {
    let widest = 0;
    for (let layer = 0; layer <= this.layers; layer++) widest = max(widest, this.padded(layer));
    return widest;
  }
}

export function paddedSize(size: i32): i32 {
  return (size + 3) & ~3;
}

/** What is wrong with a list of weights, or null: layer0.weight [in, out], layer0.bias [out], layer1.weight … */
export function findFault(tensors: TensorList): string | null {
  const layers = <i32>(tensors.length >> 1);
  if (tensors.length === 0 || tensors.length & 1) return 'weights must be pairs of layerN.weight and layerN.bias';
  if (layers > LAYERS_MAX) return 'at most ' + LAYERS_MAX.toString() + ' layers are supported';
  let inputs: u32 = 0;
  for (let layer = 0; layer < layers; layer++) {
    const fault = findLayerFault(tensors, layer, inputs);
    if (fault) return fault;
    inputs = weightOf(tensors, layer)!.size(1);
  }
  return null;
}

function findLayerFault(tensors: TensorList, layer: i32, inputs: u32): string | null {
  const weight = weightOf(tensors, layer);
  const bias = biasOf(tensors, layer);
  if (!weight) return weightName(layer) + ' is missing';
  if (!bias) return biasName(layer) + ' is missing';
  if (!isFloat(weight, 2)) return weightName(layer) + ' must be FP32 [in, out]';
  if (!isFloat(bias, 1)) return biasName(layer) + ' must be FP32 [out]';
  if (layer > 0 && weight.size(0) !== inputs) {
    return weightName(layer) + ' must have ' + inputs.toString() + ' rows, as the layer before has outputs';
  }
  if (bias.size(0) !== weight.size(1)) return biasName(layer) + ' must have as many values as its weight has columns';
  return null;
}

function isFloat(tensor: Tensor, rank: u32): bool {
  if (tensor.dataType !== DataType.FLOAT32 || tensor.rank !== rank || !tensor.fits(4)) return false;
  return tensor.dataBytes > 0;
}

/** Copies checked weights into a network of its own; freed with `freeNetwork`. */
export function makeNetwork(tensors: TensorList): Network {
  const layers = <i32>(tensors.length >> 1);
  const network = changetype<Network>(heap.alloc(offsetof<Network>()));
  network.layers = layers;
  network.sizes = heap.alloc((layers + 1) << 2);
  network.weights = heap.alloc(layers << 2);
  network.biases = heap.alloc(layers << 2);
  store<i32>(network.sizes, weightOf(tensors, 0)!.size(0));
  for (let layer = 0; layer < layers; layer++) fillLayer(network, layer, tensors);
  return network;
}

function fillLayer(network: Network, layer: i32, tensors: TensorList): void {
  const weight = weightOf(tensors, layer)!;
  store<i32>(network.sizes + ((layer + 1) << 2), weight.size(1));
  store<usize>(network.weights + (layer << 2), padMatrix(weight.data, network.size(layer), network.size(layer + 1)));
  store<usize>(network.biases + (layer << 2), padMatrix(biasOf(tensors, layer)!.data, 1, network.size(layer + 1)));
}

function padMatrix(data: usize, rows: i32, columns: i32): usize {
  const stride = <usize>paddedSize(columns) << 2;
  const bytes = stride * paddedSize(rows);
  const matrix = heap.alloc(bytes);
  memory.fill(matrix, 0, bytes);
  const rowBytes = <usize>columns << 2;
  for (let row = 0; row < rows; row++) memory.copy(matrix + row * stride, data + row * rowBytes, rowBytes);
  return matrix;
}

export function freeNetwork(network: Network | null): void {
  if (!network) return;
  for (let layer = 0; layer < network.layers; layer++) {
    heap.free(network.weight(layer));
    heap.free(network.bias(layer));
  }
  heap.free(network.sizes);
  heap.free(network.weights);
  heap.free(network.biases);
  heap.free(changetype<usize>(network));
}

/** Whether both have the same layers of the same sizes. */
export function sameShape(left: Network, right: Network): bool {
  return (
    left.layers === right.layers && memory.compare(left.sizes, right.sizes, <usize>(left.layers + 1) << 2) === 0
  );
}

/** The weights as an answer, without padding, in the order of the layers. */
export function writeWeights(network: Network): TensorList {
  const list = tensorList(network.layers * 2);
  for (let layer = 0; layer < network.layers; layer++) {
    const inputs = network.size(layer);
    const outputs = network.size(layer + 1);
    const bytes = (<u32>inputs * outputs) << 2;
    const weight = compact(network.weight(layer), inputs, outputs);
    const bias = compact(network.bias(layer), 1, outputs);
    writeTensor(list.at(layer * 2), weightName(layer), DataType.FLOAT32, 2, inputs, outputs, weight, bytes);
    writeTensor(list.at(layer * 2 + 1), biasName(layer), DataType.FLOAT32, 1, outputs, 0, bias, outputs << 2);
  }
  return list;
}

function compact(matrix: usize, rows: i32, columns: i32): usize {
  const stride = <usize>paddedSize(columns) << 2;
  const rowBytes = <usize>columns << 2;
  const data = allocate(rowBytes * rows);
  for (let row = 0; row < rows; row++) memory.copy(data + row * rowBytes, matrix + row * stride, rowBytes);
  return data;
}

function weightOf(tensors: TensorList, layer: i32): Tensor | null {
  return tensors.find(weightName(layer));
}

function biasOf(tensors: TensorList, layer: i32): Tensor | null {
  return tensors.find(biasName(layer));
}

function weightName(layer: i32): string {
  return 'layer' + layer.toString() + '.weight';
}

function biasName(layer: i32): string {
  return 'layer' + layer.toString() + '.bias';
}
