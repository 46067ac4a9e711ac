import { allocate, asList, DataType, functionAt, functionList, inputAt, invalidInput, ok, outputAt } from '../../sdk';
import { Tensor, TensorList, tensorList, writeFunction, writeTensor, writeTensorSpec } from '../../sdk';
import { Detector, forget, scoreNext } from './detector';

export function describe(): usize {
  const list = functionList(2);
  const score = functionAt(list, 0);
  writeFunction(score, 'score', 1, 2);
  writeTensorSpec(inputAt(score, 0), 'values', DataType.FLOAT32, [-1]);
  writeTensorSpec(outputAt(score, 0), 'score', DataType.FLOAT32, [-1]);
  writeTensorSpec(outputAt(score, 1), 'anomaly', DataType.BOOLEAN, [-1]);
  const reset = functionAt(list, 1);
  writeFunction(reset, 'reset', 0, 1);
  writeTensorSpec(outputAt(reset, 0), 'forgotten', DataType.INT32, [1]);
  return list;
}

/** Scores values in the order of time; the detector goes on from where the call before left it. */
export function scoreValues(detector: Detector, inputs: TensorList): usize {
  const values = inputs.find('values');
  if (!values || inputs.length !== 1) return invalidInput('one input, values, is expected');
  if (values.dataType !== DataType.FLOAT32 || values.rank !== 1 || !values.fits(4)) {
    return invalidInput('values must be FP32 [n]');
  }
  const count = values.size(0);
  const scores = allocate(<usize>count << 2);
  const anomalies = allocate(count);
  for (let place: u32 = 0; place < count; place++) {
    const score = <f32>scoreNext(detector, load<f32>(values.data + (<usize>place << 2)));
    store<f32>(scores + (<usize>place << 2), score);
    store<u8>(anomalies + place, score > detector.settings.threshold ? 1 : 0);
  }
  const outputs = tensorList(2);
  writeTensor(outputs.at(0), 'score', DataType.FLOAT32, 1, count, 0, scores, count << 2);
  writeTensor(outputs.at(1), 'anomaly', DataType.BOOLEAN, 1, count, 0, anomalies, count);
  return answer(outputs);
}

/** Forgets the values of the window, not the weights; the answer is how many there were. */
export function reset(detector: Detector): usize {
  const data = allocate(4);
  store<i32>(data, detector.count);
  forget(detector);
  const outputs = tensorList(1);
  writeTensor(outputs.at(0), 'forgotten', DataType.INT32, 1, 1, 0, data, 4);
  return answer(outputs);
}

function answer(outputs: TensorList): usize {
  const result = ok();
  store<usize>(result, outputs.pointer, 4);
  store<u32>(result, outputs.length, 8);
  return result;
}
