export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

/** The slope of the line that fits best (least squares), in units of the value per minute; 0 for fewer than two. */
export function slopePerMinute(samples: readonly Sample[]): number {
  const meanAt = mean(samples.map(({ atMs }) => atMs));
  const meanValue = mean(samples.map(({ value }) => value));
  const covariance = sum(samples.map(({ atMs, value }) => (atMs - meanAt) * (value - meanValue)));
  const variance = sum(samples.map(({ atMs }) => (atMs - meanAt) ** 2));
  return variance === 0 ? 0 : (covariance / variance) * 60_000;
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
