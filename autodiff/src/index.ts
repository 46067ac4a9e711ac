export { OnnxError, type OnnxErrorCode } from './onnx-error.ts';
export { type DecodeLimits, defaultDecodeLimits } from './codec/decode-limits.ts';
export { decodeModel, decodeTensor } from './codec/decode.ts';
export { encodeModel, encodeTensor } from './codec/encode.ts';
export {
  ATTRIBUTE_TYPE,
  type OnnxAttribute,
  type OnnxDimension,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxOperatorSet,
  type OnnxProperty,
  type OnnxShape,
  type OnnxTensor,
  type OnnxTensorType,
  type OnnxType,
  type OnnxValueInfo,
  type UnknownField,
} from './codec/messages.ts';
export { DATA_TYPE, dataTypeName, type DataTypeName, type NumericTypeName } from './tensors/data-type.ts';
export { tensorOf } from './tensors/tensor-of.ts';
export { float32Values, type TensorArray, tensorValues } from './tensors/tensor-values.ts';
export {
  type Attributes,
  type AttributeValue,
  floatAttribute,
  floatsAttribute,
  graphAttribute,
  intAttribute,
  intsAttribute,
  tensorAttribute,
  textAttribute,
  textsAttribute,
} from './graph/attributes.ts';
export { type DimensionSpec, type GemmOptions, GraphBuilder, type NodeOptions } from './graph/graph-builder.ts';
export { modelOf, type ModelOptions } from './graph/model-of.ts';
