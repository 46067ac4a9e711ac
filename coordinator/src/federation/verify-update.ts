import { l2Norm, SedgeError } from '@sedge/protocol';

export interface UpdatePromise {
  /** Number of trainable parameters. */
  readonly length: number;
  /** Set under privacy: the L2 norm that no update may exceed. */
  readonly clipNorm?: number | undefined;
}

/**
 * By how much of the clip norm an update may exceed it: two machines that sum a million squares in different order
 * differ by less than 1e-9. The noise is scaled for norms that use the tolerance up (`noiseSteps`).
 */
export const NORM_TOLERANCE = 1e-6;

/** Checks an update on arrival and gives its L2 norm. Throws UPDATE_INVALID. */
export function verifyUpdate(update: ArrayLike<number>, { length, clipNorm }: UpdatePromise): number {
  if (update.length !== length) {
    throw new SedgeError('UPDATE_INVALID', `the update has ${update.length} values, the model has ${length}`);
  }
  const norm = l2Norm(update);
  if (!Number.isFinite(norm)) throw new SedgeError('UPDATE_INVALID', 'the update has values that are not finite');
  if (clipNorm !== undefined && norm > clipNorm * (1 + NORM_TOLERANCE)) {
    throw new SedgeError('UPDATE_INVALID', `the update has norm ${norm}, the clip norm is ${clipNorm}`);
  }
  return norm;
}
