import type { TensorSpec } from '@sedge/protocol';
import type { ModelDescription } from './publish.ts';

/** What a model offers, by what stands before it in a list. */
export function functionLines({ functions, parameters }: ModelDescription): Record<string, string | undefined> {
  return {
    ...Object.fromEntries(
      functions.map(({ name, inputs, outputs }) => [`function ${name}`, `${words(inputs)} → ${words(outputs)}`]),
    ),
    parameters: parameters?.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', '),
  };
}

function words(tensors: readonly TensorSpec[]): string {
  return tensors.map(({ name, dataType, shape }) => `${name} ${dataType} [${shape.join(', ')}]`).join(', ');
}
