import { medianDistance, medianOf, placeOf } from './ordered';
import { Settings } from './settings';

/** MAD times this is the standard deviation of a normal distribution (Rousseeuw and Croux, 1993, section 1). */
export const SCALE_OF_MAD: f64 = 1.4826;
/** A quiet hour must not make an ordinary value look strange: the scale stays above this part of the fitted one. */
const FITTED_PART: f64 = 0.5;
/** The score of any change of a series that never changed, and the most that any value gets. */
const SCORE_MAX: f64 = 1_000_000;

/** The trailing window of one series, in the order of time and in the order of the values. */
@unmanaged
export class Detector {
  settings: Settings;
  /** f32[window], a ring; NaN where a value was missing. */
  ring: usize;
  next: i32;
  filled: i32;
  /** f32[window], ascending; without the missing ones. */
  ordered: usize;
  count: i32;
}

export function newDetector(settings: Settings): Detector {
  const detector = changetype<Detector>(heap.alloc(offsetof<Detector>()));
  detector.settings = settings;
  detector.ring = heap.alloc(<usize>settings.window << 2);
  detector.ordered = heap.alloc(<usize>settings.window << 2);
  forget(detector);
  return detector;
}

export function freeDetector(detector: Detector | null): void {
  if (!detector) return;
  heap.free(detector.ring);
  heap.free(detector.ordered);
  heap.free(changetype<usize>(detector));
}

export function forget(detector: Detector): void {
  detector.next = 0;
  detector.filled = 0;
  detector.count = 0;
}

/** The score of the next value against those before it; then it joins the window. 0 for a value that is missing. */
export function scoreNext(detector: Detector, value: f32): f64 {
  const score = isFinite(value) ? scoreOf(detector, value) : 0;
  push(detector, value);
  return score;
}

function scoreOf(detector: Detector, value: f32): f64 {
  const settings = detector.settings;
  const isFitted = settings.scale >= 0;
  if (detector.count >= leastCount(settings.window)) {
    const median = medianOf(detector.ordered, detector.count);
    const scale = SCALE_OF_MAD * medianDistance(detector.ordered, detector.count, median);
    return distance(value, median, isFitted ? max(scale, FITTED_PART * <f64>settings.scale) : scale);
  }
  return isFitted ? distance(value, <f64>settings.median, <f64>settings.scale) : 0;
}

/** Values that a window must hold before it is believed: a quarter of it. */
function leastCount(window: i32): i32 {
  return max(4, (window + 3) >> 2);
}

function distance(value: f32, median: f64, scale: f64): f64 {
  const difference = Math.abs(<f64>value - median);
  if (difference === 0) return 0;
  return scale > 0 ? min(difference / scale, SCORE_MAX) : SCORE_MAX;
}

/** A missing value takes its place too, so that the window stays as long in time. */
function push(detector: Detector, value: f32): void {
  const slot = detector.ring + (<usize>detector.next << 2);
  if (detector.filled === detector.settings.window) remove(detector, load<f32>(slot));
  else detector.filled += 1;
  const kept: f32 = isFinite(value) ? value : NaN;
  store<f32>(slot, kept);
  insert(detector, kept);
  detector.next = detector.next + 1 === detector.settings.window ? 0 : detector.next + 1;
}

function insert(detector: Detector, value: f32): void {
  if (isNaN(value)) return;
  const place = placeOf(detector.ordered, detector.count, value);
  const at = detector.ordered + (<usize>place << 2);
  memory.copy(at + 4, at, <usize>(detector.count - place) << 2);
  store<f32>(at, value);
  detector.count += 1;
}

function remove(detector: Detector, value: f32): void {
  if (isNaN(value)) return;
  const place = placeOf(detector.ordered, detector.count, value);
  const at = detector.ordered + (<usize>place << 2);
  detector.count -= 1;
  memory.copy(at, at + 4, <usize>(detector.count - place) << 2);
}
