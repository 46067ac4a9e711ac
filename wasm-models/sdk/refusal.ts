import { ErrorCode } from './result';

/** Why a call is refused. */
export class Refusal {
  constructor(
    readonly code: u8,
    readonly message: string,
  ) {}
}

/** What a model answers beside tensors: `OK`, or the refusal that `fail` makes. */
export type Outcome = Refusal | null;

export const OK: Outcome = null;

export function fail(message: string, code: u8 = ErrorCode.INVALID_INPUT): Outcome {
  return new Refusal(code, message);
}

/** For a model that cannot answer before it has weights. */
export function notLoaded(): Outcome {
  return fail('load the weights first', ErrorCode.NOT_LOADED);
}

let noticed: Outcome = null;

/** Notes a fault that a view found; the first one of a call is the one that is told. */
export function refuse(fault: string): void {
  if (!noticed) noticed = fail(fault);
}

/** What a call ends with: a fault that a view found, or what the model itself says. */
export function settle(outcome: Outcome): Outcome {
  const fault = noticed;
  noticed = null;
  return fault ? fault : outcome;
}
