/** Reading, building, checking and writing ONNX files, without anything that derives: for programs that only serve models. */
export { decodeModel } from './codec/decode.ts';
export { encodeModel } from './codec/encode.ts';
export type {
  OnnxAttribute,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxValueInfo,
  UnknownField,
} from './codec/messages.ts';
export { GraphBuilder } from './graph/graph-builder.ts';
export { modelOf } from './graph/model-of.ts';
export { OnnxError, type OnnxErrorCode } from './onnx-error.ts';
export { withParameters } from './params/model-parameters.ts';
export { DATA_TYPE, dataTypeName, type DataTypeName } from './tensors/data-type.ts';
export { float32Values, tensorValues } from './tensors/tensor-values.ts';
