/** What a model host needs of this package: no schema library, which would cost each host 12 MB and a tenth of a second. */
export { copyBytes } from './bytes.ts';
export { digestOf } from './crypto.ts';
export { asSedgeError, SedgeError, type ErrorCode } from './errors.ts';
export { limits } from './limits.ts';
export { decodeSafetensors } from './safetensors.ts';
export {
  checkAgainstSpec,
  checkTensor,
  DATA_TYPES,
  ELEMENT_BYTES,
  elementCount,
  float32Tensor,
  float32Values,
  type DataType,
  type Tensor,
  type TensorSpec,
} from './tensor.ts';
export { fromUtf8, toUtf8 } from './text.ts';
export type { Digest } from './ids.ts';
export type { EngineName, FunctionSpec, ModelFormat, ParameterSpec } from './model.ts';
