import type { MaskSpec } from '@sedge/autodiff';
import { elementCount } from '@sedge/protocol/core';
import { ExampleOrder, splitMix64 } from '../reference/example-order.ts';

/** Keeps the seeds of masks apart from the one of the order of examples. */
const MASK_STREAM = 0x6d61_736b_7300_0000n;

/**
 * The masks of some steps, one after the other: a byte for each value, 1 where it is kept. Each step has a seed of its
 * own, so that chunks may be cut anywhere.
 */
export function dropoutMasks(
  { dims, keep }: Pick<MaskSpec, 'dims' | 'keep'>,
  place: { readonly seed: bigint; readonly mask: number; readonly firstStep: number; readonly steps: number },
): Uint8Array<ArrayBuffer> {
  const count = elementCount(dims);
  const masks = new Uint8Array(place.steps * count);
  const below = keep * 2 ** 32;
  const ofMask = splitMix64(place.seed ^ MASK_STREAM, BigInt(place.mask + 1));
  for (let step = 0; step < place.steps; step++) {
    const draws = new ExampleOrder(splitMix64(ofMask, BigInt(place.firstStep + step + 1)));
    for (let index = 0; index < count; index++) masks[step * count + index] = draws.next() < below ? 1 : 0;
  }
  return masks;
}
