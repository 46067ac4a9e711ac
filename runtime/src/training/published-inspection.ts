import type { ModelInspection as PublishedInspection } from '@sedge/protocol';
import type { ModelInspection } from './inspection.ts';

/** What of an inspection is kept and shown with a version: what its manifest does not say already. */
export function publishedInspection({
  opset,
  operators,
  parameters,
  trainable,
}: Pick<ModelInspection, 'opset' | 'operators' | 'parameters' | 'trainable'>): PublishedInspection {
  return {
    trainable: trainable.yes,
    reasons: trainable.yes ? [] : trainable.blocking.map((reason) => ({ ...reason })),
    ...(opset === undefined ? {} : { opset }),
    operators: operators.map((operator) => ({ ...operator })),
    parameters: parameters.map(({ name, shape }) => ({ name, shape: [...shape] })),
  };
}
