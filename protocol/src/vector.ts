/** What node and coordinator must agree on about update vectors: how long one is, and how it is made shorter. */

/** The L2 norm, summed in double precision. Not finite if any value is not, or if a square overflows. */
export function l2Norm(values: ArrayLike<number>): number {
  let squares = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0;
    squares += value * value;
  }
  return Math.sqrt(squares);
}

/**
 * A copy whose L2 norm is at most `clipNorm`: the same values if it is so already, otherwise all of them scaled by one
 * factor. Storing as float32 rounds and may lengthen the result by a few parts in 10^8, so the factor is lowered until
 * the norm of what is stored fits: sensitivity is a promise, not an average.
 */
export function clipToNorm(values: ArrayLike<number>, clipNorm: number): Float32Array<ArrayBuffer> {
  const original = Float32Array.from(values);
  const norm = l2Norm(original);
  if (norm <= clipNorm) return original;
  let clipped = scaled(original, clipNorm / norm);
  for (let margin = 2 ** -24; l2Norm(clipped) > clipNorm; margin *= 2) {
    clipped = scaled(original, ((1 - margin) * clipNorm) / norm);
  }
  return clipped;
}

function scaled(values: Float32Array, factor: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(values, (value) => value * factor);
}
