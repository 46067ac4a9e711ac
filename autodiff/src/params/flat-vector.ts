import { OnnxError } from '../onnx-error.ts';
import { parameterCount, type ParameterSpec } from './parameter-spec.ts';

export type NamedValues = ReadonlyMap<string, Float32Array>;

/** All parameters as one vector. Throws TENSOR_MISMATCH for one that is missing or of another length. */
export function toFlatVector(parameters: readonly ParameterSpec[], values: NamedValues): Float32Array<ArrayBuffer> {
  const vector = new Float32Array(parameterCount(parameters));
  for (const { name, offset, count } of parameters) {
    const found = values.get(name);
    if (found?.length !== count) {
      throw new OnnxError(
        'TENSOR_MISMATCH',
        `parameter "${name}" needs ${count} values, has ${found?.length ?? 'none'}`,
      );
    }
    vector.set(found, offset);
  }
  return vector;
}

/** The parameters in a vector, as copies. */
export function fromFlatVector(
  parameters: readonly ParameterSpec[],
  vector: Float32Array,
): Map<string, Float32Array<ArrayBuffer>> {
  const needed = parameterCount(parameters);
  if (vector.length !== needed) {
    throw new OnnxError('TENSOR_MISMATCH', `the parameters need ${needed} values, the vector has ${vector.length}`);
  }
  return new Map(
    parameters.map(({ name, offset, count }) => [name, Float32Array.from(vector.subarray(offset, offset + count))]),
  );
}
