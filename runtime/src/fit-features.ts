import { elementCount, type FunctionSpec, SedgeError, type Tensor } from '@sedge/protocol';

/**
 * Rows under the name and in the shape that the first input of `infer` has: a file of 64 numbers a row serves a model
 * of 1 × 8 × 8. Throws DATASET_MISMATCH where the numbers do not add up, FUNCTION_NOT_FOUND without `infer`.
 */
export function fitFeatures(functions: readonly FunctionSpec[], features: Tensor): Tensor {
  const input = functions.find(({ name }) => name === 'infer')?.inputs[0];
  if (input === undefined) throw new SedgeError('FUNCTION_NOT_FOUND', 'infer with an input', { expose: true });
  const [rows = 0, ...row] = features.shape;
  const [, ...wanted] = input.shape;
  if (wanted.some((size) => size < 0)) return { ...features, name: input.name };
  if (elementCount(wanted) === elementCount(row)) return { ...features, name: input.name, shape: [rows, ...wanted] };
  const detail = `a row is [${row.join(', ')}], the model takes [${wanted.join(', ')}]`;
  throw new SedgeError('DATASET_MISMATCH', detail, { expose: true });
}
