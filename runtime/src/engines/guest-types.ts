import { type DataType, type FunctionSpec, SedgeError, type Tensor, type TensorSpec } from '@sedge/protocol/core';
import { areFunctions } from '../check-functions.ts';
import type { GuestFunctionSpec, GuestTensor, GuestTensorSpec } from '../wasm/instantiate-model.ts';

/** Cases of the enum data-type of wit/model.wit, as the bindings spell them. */
const GUEST_TYPES = {
  BOOL: 'boolean',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FP16: 'float16',
  BF16: 'bfloat16',
  FP32: 'float32',
  FP64: 'float64',
  BYTES: 'bytes',
} as const satisfies Record<DataType, string>;

const HOST_TYPES = new Map(Object.entries(GUEST_TYPES).map(([host, guest]) => [guest as string, host as DataType]));

export function toGuest({ name, dataType, shape, data }: Tensor): GuestTensor {
  return { name, dataType: GUEST_TYPES[dataType], shape, data };
}

/** The data is a private copy already: the bindings copy it out of the memory of the model. */
export function fromGuest({ name, dataType, shape, data }: GuestTensor): Tensor {
  return { name, dataType: hostType(dataType), shape: Array.from(shape), data };
}

/** What a model says of itself, checked like anything else from outside. Throws COMPONENT_START_FAILED. */
export function functionsOf(specs: readonly GuestFunctionSpec[]): FunctionSpec[] {
  const functions = specs.map(({ name, inputs, outputs }) => {
    return { name, inputs: inputs.map(specOf), outputs: outputs.map(specOf) };
  });
  if (areFunctions(functions)) return functions;
  throw new SedgeError('COMPONENT_START_FAILED', 'its metadata has impossible names or shapes', { expose: true });
}

function specOf({ name, dataType, shape }: GuestTensorSpec): TensorSpec {
  return { name, dataType: hostType(dataType), shape: Array.from(shape) };
}

function hostType(guest: string): DataType {
  const host = HOST_TYPES.get(guest);
  if (host === undefined) throw new SedgeError('MODEL_OUTPUT_INVALID', `the model speaks of the unknown type ${guest}`);
  return host;
}
