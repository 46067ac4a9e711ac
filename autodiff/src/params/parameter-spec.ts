import type { OnnxTensor } from '../codec/messages.ts';

/** Where a parameter lies in the flat vector of all parameters. */
export interface ParameterSpec {
  readonly name: string;
  readonly dims: readonly number[];
  readonly offset: number;
  readonly count: number;
}

export function parameterSpecs(tensors: readonly OnnxTensor[]): ParameterSpec[] {
  let offset = 0;
  return tensors.map(({ name = '', dims }) => {
    const count = dims.reduce((product, size) => product * size, 1);
    const spec = { name, dims, offset, count };
    offset += count;
    return spec;
  });
}

/** The length of the flat vector. */
export function parameterCount(parameters: readonly ParameterSpec[]): number {
  return parameters.reduce((sum, { count }) => sum + count, 0);
}
