/** How far the probabilities of a row may be from one together: half-precision models are this far off. */
const SUM_TOLERANCE = 0.02;

/**
 * What a row of outputs says of the classes: itself where it is a distribution, otherwise its softmax, because many
 * exporters leave the last activation out. One output is that of the second of two classes.
 */
export function classProbabilities(row: Float32Array): Float32Array {
  if (row.length === 1) return ofTwo(row[0] ?? Number.NaN);
  const sum = row.reduce((total, value) => total + value, 0);
  const isDistribution = row.every((value) => value >= 0) && Math.abs(sum - 1) <= SUM_TOLERANCE;
  return isDistribution ? row : softmax(row);
}

function softmax(row: Float32Array): Float32Array {
  const largest = row.reduce((most, value) => Math.max(most, value));
  const powers = row.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}

function ofTwo(value: number): Float32Array {
  const probability = value >= 0 && value <= 1 ? value : 1 / (1 + Math.exp(-value));
  return Float32Array.of(1 - probability, probability);
}
