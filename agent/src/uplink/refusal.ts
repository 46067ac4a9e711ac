import { errorCatalogue, type ErrorCode, type SedgeError } from '@sedge/protocol';

/** Why a broker does not let a node in, and since when. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly say: string;
  readonly detail: string;
  /** By the clock of this machine: when the first attempt was refused after the last connection. */
  readonly since: string;
}

/** The refusal to show after one more: the newest words, and the time of the first. */
export function refusalAfter(
  before: Refusal | undefined,
  { code, detail }: Pick<SedgeError, 'code' | 'detail'>,
  nowMs: number,
): Refusal {
  return { code, say: errorCatalogue[code].say, detail, since: before?.since ?? new Date(nowMs).toISOString() };
}
