/**
 * A detector of anomalies in one series of a sensor: how far a value lies from the median of a trailing window, in
 * robust standard deviations. Fitting learns, from values that are known to be ordinary, what the series is like and
 * how loud it may be. Exports are named <interface>_<function>; the build gives them their names in the contract.
 */
import { allocate, asList, DataType, ErrorCode, failure, invalidInput, keep, ok, readText } from '../../sdk';
import { Tensor, TensorList, textIs, writeText } from '../../sdk';
import { Detector, freeDetector, newDetector } from './detector';
import { examplesSeen, Fit, fitSteps, freeFit, isComplete, newFit, stepsDone, stepsTotal } from './fit';
import { describe, reset, scoreValues } from './infer';
import { findFault, newSettings, readSettings, Settings, writeSettings } from './settings';

export { cabi_realloc, releaseCall } from '../../sdk';

const METRIC_BYTES: usize = 16;
/** progress holds an f64, so the payload of its result is aligned to 8. */
const PROGRESS_PAYLOAD: usize = 8;
/** Finite values without which there is nothing to fit. */
const EXAMPLES_MIN: i32 = 16;

let settings: Settings | null = null;
let detector: Detector | null = null;
let fit: Fit | null = null;

export function inference_metadata(): usize {
  return describe();
}

/** New weights begin with an empty window. */
export function inference_load(weights: usize, count: u32): usize {
  const tensors = asList(weights, count);
  const fault = findFault(tensors);
  if (fault) return invalidInput(fault);
  freeDetector(detector);
  let loaded = settings;
  if (!loaded) {
    loaded = newSettings();
    settings = loaded;
  }
  readSettings(loaded, tensors);
  detector = newDetector(loaded);
  return ok();
}

export function inference_infer(name: usize, nameBytes: u32, inputs: usize, count: u32): usize {
  const isScore = textIs(name, nameBytes, 'score');
  if (!isScore && !textIs(name, nameBytes, 'reset')) {
    return failure(ErrorCode.UNKNOWN_FUNCTION, 'there is no function ' + readText(name, nameBytes));
  }
  const current = detector;
  if (!current) return failure(ErrorCode.NOT_LOADED, 'load the weights first');
  if (isScore) return scoreValues(current, asList(inputs, count));
  return count === 0 ? reset(current) : invalidInput('reset takes no inputs');
}

export function training_begin(
  weights: usize, weightCount: u32,
  examples: usize, exampleCount: u32,
  epochs: u32, batchSize: u32, learningRate: f32, seed: u64, proximal: f32,
  hasCorrection: i32, correction: usize, correctionCount: u32,
): usize {
  endFit();
  const tensors = asList(weights, weightCount);
  const fault = findFault(tensors);
  if (fault) return invalidInput(fault);
  if (batchSize === 0) return invalidInput('batch-size must be at least 1');
  // There is no gradient that they could change, and whoever asks for them must not believe that they were heeded.
  if (proximal !== 0 || hasCorrection) return failure(ErrorCode.UNSUPPORTED, 'a fit has no gradient to correct');
  const series = seriesOf(asList(examples, exampleCount));
  if (!series) return invalidInput('examples must hold values or features, FP32 [n] or [n, 1], 16 of them finite');
  const origin = newSettings();
  readSettings(origin, tensors);
  keep(series.data);
  fit = newFit(origin, series.data, series.size(0), batchSize);
  return ok();
}

/** The series among the examples; labels beside it are of no use, and no harm. Null where it cannot be fitted to. */
function seriesOf(examples: TensorList): Tensor | null {
  const named = examples.find('values');
  const series = named ? named : examples.find('features');
  if (!series || series.dataType !== DataType.FLOAT32 || !series.fits(4)) return null;
  if (series.rank !== 1 && (series.rank !== 2 || series.size(1) !== 1)) return null;
  return countFinite(series) >= EXAMPLES_MIN ? series : null;
}

function countFinite(series: Tensor): i32 {
  let count = 0;
  for (let place: u32 = 0; place < series.size(0); place++) {
    if (isFinite(load<f32>(series.data + (<usize>place << 2)))) count += 1;
  }
  return count;
}

export function training_step(maxSteps: u32): usize {
  const current = fit;
  if (!current) return failure(ErrorCode.NOT_LOADED, 'begin a training first', PROGRESS_PAYLOAD);
  fitSteps(current, maxSteps);
  const result = ok();
  store<u32>(result, stepsDone(current), 8);
  store<u32>(result, stepsTotal(current), 12);
  store<u64>(result, examplesSeen(current), 16);
  store<f64>(result, current.scoreSum, 24);
  return result;
}

/** The weights that it began with, where it did not come to its end. */
export function training_finish(): usize {
  const current = fit;
  if (!current) return failure(ErrorCode.NOT_LOADED, 'begin a training first');
  const weights = writeSettings(isComplete(current) ? current.fitted : current.origin);
  const seen = examplesSeen(current);
  const metrics = allocate(2 * METRIC_BYTES);
  writeMetric(metrics, 'loss', seen === 0 ? 0 : current.scoreSum / <f64>seen);
  writeMetric(metrics + METRIC_BYTES, 'examples', <f64>seen);
  endFit();
  const result = ok();
  store<usize>(result, weights.pointer, 4);
  store<u32>(result, weights.length, 8);
  store<usize>(result, metrics, 12);
  store<u32>(result, 2, 16);
  return result;
}

function writeMetric(at: usize, name: string, value: f64): void {
  writeText(at, name);
  store<f64>(at, value, 8);
}

function endFit(): void {
  freeFit(fit);
  fit = null;
}
