import { Detector, freeDetector, newDetector, SCALE_OF_MAD, scoreNext } from './detector';
import { popLargest, siftUp } from './heap-order';
import { medianDistance, medianOf } from './ordered';
import { newSettings, Settings } from './settings';

/** One in a thousand values of the fitted series may lie above the fitted threshold. */
const QUIET_PART: f64 = 0.999;
/** The three passes over the series: into a heap, out of it in order, and through the detector. */
const PASSES: u32 = 3;

/** A fit under way: median and scale of the whole series, then the scores that it gets itself. */
@unmanaged
export class Fit {
  /** As given to begin, and with what was fitted. */
  origin: Settings;
  fitted: Settings;
  /** f32[count], in the order of time. */
  values: usize;
  count: i32;
  batchSize: i32;
  /** f32[count]: the finite values, then the scores. */
  work: usize;
  finite: i32;
  /** Values handled so far, over all passes. */
  done: i64;
  detector: Detector | null;
  scoreSum: f64;
}

/** Takes over the memory of `values`. */
export function newFit(settings: Settings, values: usize, count: i32, batchSize: u32): Fit {
  const fit = changetype<Fit>(heap.alloc(offsetof<Fit>()));
  memory.fill(changetype<usize>(fit), 0, offsetof<Fit>());
  fit.origin = settings;
  fit.fitted = newSettings();
  memory.copy(changetype<usize>(fit.fitted), changetype<usize>(settings), offsetof<Settings>());
  fit.values = values;
  fit.count = count;
  fit.batchSize = <i32>min<u32>(batchSize, <u32>count);
  fit.work = heap.alloc(<usize>count << 2);
  return fit;
}

export function freeFit(fit: Fit | null): void {
  if (!fit) return;
  freeDetector(fit.detector);
  heap.free(fit.values);
  heap.free(fit.work);
  heap.free(changetype<usize>(fit.origin));
  heap.free(changetype<usize>(fit.fitted));
  heap.free(changetype<usize>(fit));
}

export function stepsPerPass(fit: Fit): u32 {
  return (<u32>fit.count - 1) / fit.batchSize + 1;
}

export function stepsTotal(fit: Fit): u32 {
  return PASSES * stepsPerPass(fit);
}

export function stepsDone(fit: Fit): u32 {
  const inPass = <i32>(fit.done % fit.count);
  return <u32>(fit.done / fit.count) * stepsPerPass(fit) + <u32>((inPass + fit.batchSize - 1) / fit.batchSize);
}

/** Values that went through the detector. */
export function examplesSeen(fit: Fit): i64 {
  return max<i64>(0, fit.done - 2 * <i64>fit.count);
}

export function isComplete(fit: Fit): bool {
  return fit.done === <i64>PASSES * fit.count;
}

/** A step ends at the end of a pass, so that each takes at most one batch. */
export function fitSteps(fit: Fit, steps: u32): void {
  for (let step: u32 = 0; step < steps && !isComplete(fit); step++) {
    const pass = <i32>(fit.done / fit.count);
    const first = <i32>(fit.done % fit.count);
    const last = <i32>min<i64>(<i64>first + fit.batchSize, fit.count);
    for (let place = first; place < last; place++) handle(fit, pass, place);
    fit.done += last - first;
    if (last === fit.count) endPass(fit, pass);
  }
}

function handle(fit: Fit, pass: i32, place: i32): void {
  if (pass === 0) collect(fit, place);
  else if (pass === 1) order(fit, place);
  else score(fit, place);
}

function collect(fit: Fit, place: i32): void {
  const value = load<f32>(fit.values + (<usize>place << 2));
  if (!isFinite(value)) return;
  store<f32>(fit.work + (<usize>fit.finite << 2), value);
  siftUp(fit.work, fit.finite);
  fit.finite += 1;
}

function order(fit: Fit, place: i32): void {
  if (place < fit.finite) popLargest(fit.work, fit.finite - place);
}

function score(fit: Fit, place: i32): void {
  const value = scoreNext(fit.detector!, load<f32>(fit.values + (<usize>place << 2)));
  fit.scoreSum += value;
  store<f32>(fit.work + (<usize>place << 2), <f32>value);
  siftUp(fit.work, place);
}

function endPass(fit: Fit, pass: i32): void {
  if (pass === 1) summarise(fit);
  else if (pass === 2) fit.fitted.threshold = max(fit.origin.threshold, loudestQuiet(fit));
}

/** The detector of the third pass starts with the median and the scale of all values. */
function summarise(fit: Fit): void {
  const median = medianOf(fit.work, fit.finite);
  fit.fitted.median = <f32>median;
  fit.fitted.scale = <f32>(SCALE_OF_MAD * medianDistance(fit.work, fit.finite, median));
  fit.detector = newDetector(fit.fitted);
}

/** The quantile of the scores: the largest are taken off the heap until it is the next one. */
function loudestQuiet(fit: Fit): f32 {
  const rank = <i32>Math.floor(QUIET_PART * <f64>fit.count);
  let largest: f32 = 0;
  for (let count = fit.count; count > rank; count--) largest = popLargest(fit.work, count);
  return largest;
}
