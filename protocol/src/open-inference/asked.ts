import type { InferRequest } from '../routes/open-inference.ts';
import { invalid } from './refusal.ts';

/** What a caller asked for beside the tensors. */
export interface Asked {
  readonly function: string | undefined;
  readonly timeoutMs: number | undefined;
}

/** The function and the deadline; `timeout` is in microseconds, as Triton has it. Throws INVALID_FIELD. */
export function askedOf({ parameters }: InferRequest): Asked {
  const name = parameters?.['function'];
  const timeoutUs = parameters?.['timeout'];
  if (name !== undefined && typeof name !== 'string') throw invalid('parameters.function must be text');
  if (timeoutUs === undefined) return { function: name, timeoutMs: undefined };
  if (typeof timeoutUs !== 'number' || !(timeoutUs >= 1)) throw invalid('parameters.timeout must be microseconds');
  return { function: name, timeoutMs: Math.ceil(timeoutUs / 1000) };
}
