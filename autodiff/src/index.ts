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
export type { Engine, EngineTensor, EngineTensors, OpenedModel } from './engine/engine.ts';
export { TARGET_IR_VERSION, TARGET_OPSET } from './graph/target-opset.ts';
export { normalise } from './normalise/normalise.ts';
export { measureValues } from './shapes/measure-values.ts';
export { type Value, ValueTable } from './shapes/value-table.ts';
export { Emitter } from './rules/emitter.ts';
export { RuleContext } from './rules/rule-context.ts';
export type { GradientRule, OperatorRule, RuleTable } from './rules/rule.ts';
export { ruleTable } from './rules/rule-table.ts';
export { backward, type BackwardRequest } from './backward/backward.ts';
export type { LossName } from './loss/loss.ts';
export type { OptimizerSettings } from './optimizer/optimizer.ts';
export type { DataInput, DimensionSizes } from './plan/batch-feeds.ts';
export type { TrainableChoice } from './plan/choose-parameters.ts';
export type { TrainingSettings } from './plan/training-plan.ts';
export type { StateSpec } from './emit/state-spec.ts';
export { anchorName, correctionName, dataName, TRAINING_NAMES } from './emit/training-names.ts';
export { deriveTraining, type DeriveOptions, type MaskSpec, type Training } from './derive-training.ts';
export { canTrain, type Obstacle, type Trainability, type TrainabilityChoice } from './can-train.ts';
export { parameterCount, type ParameterSpec } from './params/parameter-spec.ts';
export { fromFlatVector, type NamedValues, toFlatVector } from './params/flat-vector.ts';
export { fromSafetensors, toSafetensors } from './params/safetensors.ts';
export { parametersOfModel, withParameters } from './params/model-parameters.ts';
