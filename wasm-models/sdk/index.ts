export { allocate, allocateZeroed, cabi_realloc, keep, releaseCall } from './memory';
export { abort, Level, log } from './host';
export { ErrorCode, failure, invalidInput, ok } from './result';
export { functionAt, functionList, inputAt, outputAt, writeFunction, writeMatrixSpec } from './spec';
export { asList, DataType, Tensor, TensorList, tensorList, writeTensor } from './tensor';
export { readText, textIs, writeText } from './text';
