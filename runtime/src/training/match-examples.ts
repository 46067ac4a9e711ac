import type { OnnxGraph } from '@sedge/autodiff';
import { checkTensor, SedgeError, type Tensor } from '@sedge/protocol/core';

const LABELS = 'labels';

/** Examples by what the model calls them. */
export interface MatchedExamples {
  readonly rows: number;
  readonly labels: Tensor;
  readonly features: ReadonlyMap<string, Tensor>;
}

/**
 * The tensor `labels`, and a tensor for each input of the model under its name; a model with one input takes the only
 * other tensor, whatever its name is. Throws TENSOR_MISMATCH.
 */
export function matchExamples(graph: OnnxGraph, examples: readonly Tensor[]): MatchedExamples {
  const labels = examples.find(({ name }) => name === LABELS);
  if (labels === undefined) throw mismatch(`the examples have no tensor ${LABELS}`);
  const [rows = 0] = labels.shape;
  if (rows === 0) throw mismatch('there are no examples');
  const features = featuresByInput(
    inputNames(graph),
    examples.filter((tensor) => tensor !== labels),
  );
  for (const tensor of examples) checkRows(tensor, rows);
  return { rows, labels, features };
}

/** Sizes that the model leaves open by a name, as the examples have them. */
export function openDimensions({ inputs }: OnnxGraph, features: ReadonlyMap<string, Tensor>): Record<string, number> {
  const sizes: Record<string, number> = {};
  for (const { name, type } of inputs) {
    const shape = features.get(name)?.shape ?? [];
    type?.tensorType?.shape?.dims.forEach(({ dimParam }, axis) => {
      const size = shape[axis];
      if (axis > 0 && dimParam !== undefined && dimParam !== '' && size !== undefined) sizes[dimParam] = size;
    });
  }
  return sizes;
}

/** Old files list their weights among the inputs as well. */
export function inputNames({ inputs, initializers }: OnnxGraph): string[] {
  const carried = new Set(initializers.map(({ name }) => name));
  return inputs.map(({ name }) => name).filter((name) => !carried.has(name));
}

function featuresByInput(names: readonly string[], tensors: readonly Tensor[]): Map<string, Tensor> {
  const [only, ...more] = tensors;
  if (names.length === 1 && only !== undefined && more.length === 0) return new Map([[names[0] ?? '', only]]);
  const found = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const missing = names.find((name) => !found.has(name));
  if (missing !== undefined || found.size !== names.length) {
    throw mismatch(`the model takes ${names.join(', ')}; the examples have ${[...found.keys()].join(', ')}`);
  }
  return found;
}

function checkRows(tensor: Tensor, rows: number): void {
  checkTensor(tensor);
  if (tensor.shape[0] !== rows) throw mismatch(`${tensor.name} has ${tensor.shape[0] ?? 0} rows, the labels ${rows}`);
}

function mismatch(detail: string): SedgeError {
  return new SedgeError('TENSOR_MISMATCH', detail, { expose: true });
}
