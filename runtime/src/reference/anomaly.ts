/** The anomaly detector of wasm-models/models/anomaly in plain loops: slow, and short enough to be checked by eye. */

export interface AnomalySettings {
  /** Values of the trailing window. */
  readonly window: number;
  /** A score above it is an anomaly. */
  readonly threshold: number;
  /** Median and robust standard deviation of the fitted series; a scale below 0 before the fit. */
  readonly median: number;
  readonly scale: number;
}

/** MAD times this is the standard deviation of a normal distribution (Rousseeuw and Croux, 1993, section 1). */
const SCALE_OF_MAD = 1.4826;
const FITTED_PART = 0.5;
const SCORE_MAX = 1_000_000;
const QUIET_PART = 0.999;

/** The score of each value against the window before it, in float32. */
export function anomalyScores(settings: AnomalySettings, values: ArrayLike<number>): Float32Array {
  return Float32Array.from(values, (value, index) => {
    const trailing = Array.from(
      { length: Math.min(index, settings.window) },
      (_, back) => values[index - 1 - back] ?? 0,
    );
    return scoreOf(settings, trailing.filter(Number.isFinite), value);
  });
}

function scoreOf(settings: AnomalySettings, trailing: readonly number[], value: number): number {
  const { window, median, scale } = settings;
  if (!Number.isFinite(value)) return 0;
  if (trailing.length < Math.max(4, Math.ceil(window / 4))) return scale < 0 ? 0 : distance(value, median, scale);
  const centre = medianOf(trailing);
  const spread = robustScale(trailing, centre);
  return distance(value, centre, scale < 0 ? spread : Math.max(spread, FITTED_PART * scale));
}

function distance(value: number, median: number, scale: number): number {
  const difference = Math.abs(value - median);
  if (difference === 0) return 0;
  return scale > 0 ? Math.min(difference / scale, SCORE_MAX) : SCORE_MAX;
}

/** Median and scale of the series, and the threshold that one in a thousand of its own scores lies above. */
export function fitAnomaly(settings: AnomalySettings, values: ArrayLike<number>): AnomalySettings {
  const finite = Array.from(values).filter(Number.isFinite);
  const centre = medianOf(finite);
  const median = Math.fround(centre);
  const scale = Math.fround(robustScale(finite, centre));
  const scores = anomalyScores({ ...settings, median, scale }, values).sort();
  const loudest = scores[Math.floor(QUIET_PART * scores.length)] ?? 0;
  return { window: settings.window, threshold: Math.max(settings.threshold, loudest), median, scale };
}

function robustScale(values: readonly number[], centre: number): number {
  return SCALE_OF_MAD * medianOf(values.map((value) => Math.abs(value - centre)));
}

function medianOf(values: readonly number[]): number {
  const ordered = Float64Array.from(values).sort();
  const half = ordered.length >> 1;
  const upper = ordered[half] ?? 0;
  return ordered.length % 2 === 1 ? upper : ((ordered[half - 1] ?? 0) + upper) / 2;
}
