import { encodeModel, GraphBuilder, modelOf } from '@sedge/autodiff';
import { float32Values, namedWeights, SedgeError, type Tensor, weightVector } from '@sedge/protocol';
import { mlpParameters } from './weights.ts';

export interface MlpExport {
  /** `layer0.weight` [in, out], `layer0.bias` [out], and so on. */
  readonly weights: readonly Tensor[];
  /** Said in the metadata of the file, for example the name and version it came from. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * A perceptron as an ordinary ONNX file: Gemm and Relu for each layer, Softmax at the end, `features` [batch, in] →
 * `probabilities` [batch, out]; any ONNX runtime can serve it. Throws TENSOR_MISMATCH for weights that are none.
 */
export function exportMlpOnnx({ weights, metadata = {} }: MlpExport): Uint8Array {
  const sizes = layerSizes(weights);
  const parameters = mlpParameters(sizes);
  const ordered = namedWeights(weightVector(weights, parameters), parameters);
  const graph = new GraphBuilder('mlp');
  let value = graph.input('features', 'FLOAT', ['batch', sizes[0] ?? 0]);
  for (let layer = 0; layer + 1 < sizes.length; layer++) {
    const [weight, bias] = ordered.slice(2 * layer, 2 * layer + 2).map((tensor) => addWeight(graph, tensor));
    value = graph.gemm(value, weight ?? '', bias ?? '');
    if (layer + 2 < sizes.length) value = graph.relu(value);
  }
  graph.softmax(value, 'probabilities');
  graph.output('probabilities', 'FLOAT', ['batch', sizes.at(-1) ?? 0]);
  return encodeModel(modelOf(graph.build(), { metadata }));
}

function addWeight(graph: GraphBuilder, tensor: Tensor): string {
  return graph.initializer(tensor.name, tensor.shape, float32Values(tensor));
}

/** Inputs, hidden sizes, classes, as the shapes of the weights say. */
function layerSizes(weights: readonly Tensor[]): number[] {
  const sizes: number[] = [];
  for (let layer = 0; layer < weights.length / 2; layer++) {
    const [inputs, outputs] = weights.find(({ name }) => name === `layer${layer}.weight`)?.shape ?? [];
    if (inputs === undefined || outputs === undefined || (layer > 0 && inputs !== sizes.at(-1))) {
      throw new SedgeError('TENSOR_MISMATCH', `layer${layer}.weight is missing or does not fit the layer before`);
    }
    if (layer === 0) sizes.push(inputs);
    sizes.push(outputs);
  }
  return sizes;
}
