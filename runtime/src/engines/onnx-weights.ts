import {
  DATA_TYPE,
  decodeModel,
  encodeModel,
  type OnnxModel,
  type OnnxTensor,
  withParameters,
} from '@sedge/autodiff/files';
import { float32Values, SedgeError, type Tensor } from '@sedge/protocol/core';

/** Types whose values may be replaced: the new ones are rounded to them. */
const FLOATING: readonly number[] = [DATA_TYPE.FLOAT, DATA_TYPE.DOUBLE, DATA_TYPE.FLOAT16, DATA_TYPE.BFLOAT16];

/**
 * The file with other values for some of its weights: initializers, or tensors of Constant nodes, by their names.
 * Throws WEIGHTS_REFUSED for names that it does not have, and for other shapes or types.
 */
export function withWeights(file: Uint8Array, weights: readonly Tensor[]): Uint8Array {
  if (weights.length === 0) return file;
  const model = decodeModel(file);
  checkWeights(model, weights);
  const values = new Map(weights.map((weight) => [weight.name, float32Values(weight)]));
  return encodeModel(withParameters(model, values));
}

function checkWeights(model: OnnxModel, weights: readonly Tensor[]): void {
  const known = weightsIn(model);
  const seen = new Set<string>();
  for (const { name, dataType, shape } of weights) {
    const found = known.get(name);
    if (found === undefined) throw refused(`the model has no weights with the name ${name}`);
    if (seen.has(name)) throw refused(`the weights ${name} are given twice`);
    if (!FLOATING.includes(found.dataType)) throw refused(`${name} are no floating-point weights`);
    if (dataType !== 'FP32' || shape.join() !== found.dims.join()) {
      const [given, needed] = [shape, found.dims].map((dims) => dims.join(', '));
      throw refused(`${name} is ${dataType} [${given}], the model takes FP32 [${needed}]`);
    }
    seen.add(name);
  }
}

/** All tensors that a model carries, by name. */
export function weightsIn({ graph }: OnnxModel): Map<string, OnnxTensor> {
  const found = new Map(graph.initializers.map((tensor) => [tensor.name ?? '', tensor]));
  for (const { opType, attributes, outputs } of graph.nodes) {
    const tensor = opType === 'Constant' ? attributes.find(({ name }) => name === 'value')?.t : undefined;
    if (tensor !== undefined) found.set(outputs[0] ?? '', tensor);
  }
  return found;
}

function refused(detail: string): SedgeError {
  return new SedgeError('WEIGHTS_REFUSED', detail, { expose: true });
}
