import { SedgeError, type DataType } from '@sedge/protocol';
import { inferRequest, type InferRequest, type InferResponse } from '@sedge/protocol/routes';
import { issueWords } from './words.ts';

/** An input as metadata of the Open Inference Protocol names it. */
export interface NamedInput {
  readonly name: string;
  readonly datatype: DataType;
}

/**
 * A request of the Open Inference Protocol. Bare values are wrapped for the model's one input; their nesting gives the
 * shape. Throws BAD_REQUEST, and USAGE for bare values where there is more than one input.
 */
export async function requestOf(given: unknown, inputsOf: () => Promise<readonly NamedInput[]>): Promise<InferRequest> {
  if (!Array.isArray(given)) return checked(given);
  const inputs = await inputsOf();
  const [only, ...others] = inputs;
  if (only === undefined || others.length > 0) {
    throw new SedgeError('USAGE', `the model has ${inputs.length} inputs; give a whole request with "inputs"`, {
      expose: true,
    });
  }
  return { inputs: [{ name: only.name, datatype: only.datatype, shape: shapeOf(given), data: given }] };
}

/** One line for one tensor of an answer. */
export function outputLine({ name, datatype, shape, data }: InferResponse['outputs'][number]): string {
  return `${name} ${datatype} [${shape.join(', ')}] ${JSON.stringify(data)}`;
}

function checked(given: unknown): InferRequest {
  const parsed = inferRequest.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new SedgeError('BAD_REQUEST', issueWords(parsed.error), { expose: true });
}

function shapeOf(values: unknown): number[] {
  return Array.isArray(values) ? [values.length, ...shapeOf(values[0])] : [];
}
