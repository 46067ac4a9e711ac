import type { EngineTensor, EngineTensors, StateSpec } from '@sedge/autodiff';
import { elementCount, float32Tensor, float32Values, SedgeError, type Tensor } from '@sedge/protocol/core';

/** What goes from step to step, by the names in the specification: parameters and what the optimizer keeps. */
export type TrainingState = ReadonlyMap<string, Float32Array<ArrayBuffer>>;

/** The given weights, and zeros for the optimizer. Throws TENSOR_MISMATCH. */
export function firstState(specs: readonly StateSpec[], weights: readonly Tensor[]): TrainingState {
  return new Map(
    specs.map((spec) => {
      const start = spec.kind === 'optimizer' ? new Float32Array(elementCount(spec.dims)) : valuesFor(spec, weights);
      return [spec.name, start];
    }),
  );
}

/** A state that was kept. Throws TENSOR_MISMATCH for one of another training. */
export function restoredState(specs: readonly StateSpec[], kept: readonly Tensor[]): TrainingState {
  return new Map(specs.map((spec) => [spec.name, valuesFor(spec, kept)]));
}

export function stateTensors(specs: readonly StateSpec[], state: TrainingState): Tensor[] {
  return specs.map(({ name, dims }) => float32Tensor(name, dims, state.get(name) ?? []));
}

/** The state under the names of the graph's inputs. */
export function stateFeeds(specs: readonly StateSpec[], state: TrainingState): Record<string, EngineTensor> {
  return Object.fromEntries(
    specs.map(({ name, input, dims }) => [input, floatTensor(dims, state.get(name) ?? new Float32Array())]),
  );
}

/** The state from the graph's outputs. */
export function stateAfter(specs: readonly StateSpec[], results: EngineTensors): TrainingState {
  return new Map(specs.map(({ name, output }) => [name, results[output]?.data as Float32Array<ArrayBuffer>]));
}

export function floatTensor(dims: readonly number[], data: Float32Array<ArrayBuffer>): EngineTensor {
  return { type: 'FLOAT', dims, data };
}

/** The values of the tensor for a parameter. Throws TENSOR_MISMATCH. */
export function valuesFor(
  { name, dims }: Pick<StateSpec, 'name' | 'dims'>,
  tensors: readonly Tensor[],
): Float32Array<ArrayBuffer> {
  const [tensor, ...others] = tensors.filter((one) => one.name === name);
  if (tensor === undefined || others.length > 0) throw mismatch(`${name} has to be given once`);
  if (tensor.shape.join() === dims.join()) return float32Values(tensor);
  throw mismatch(`${name} is [${tensor.shape.join(', ')}], the model takes [${dims.join(', ')}]`);
}

function mismatch(detail: string): SedgeError {
  return new SedgeError('TENSOR_MISMATCH', detail, { expose: true });
}
