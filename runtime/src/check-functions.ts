import { DATA_TYPES, type FunctionSpec, limits, type TensorSpec } from '@sedge/protocol/core';

const FUNCTIONS_MAX = 64;
const TENSORS_MAX = 64;
const NAME_CHARACTERS_MAX = 256;
const FUNCTION_NAME = /^[A-Za-z0-9_.-]{1,64}$/;

/**
 * Whether what a model says of itself is a list of functions as manifests have them (`functionSpec` of the protocol). By
 * hand, because a host of models has no schema library; a test compares the two.
 */
export function areFunctions(functions: readonly FunctionSpec[]): boolean {
  return functions.length <= FUNCTIONS_MAX && functions.every(isFunction);
}

function isFunction({ name, inputs, outputs }: FunctionSpec): boolean {
  return (
    FUNCTION_NAME.test(name) && [inputs, outputs].every((specs) => specs.length <= TENSORS_MAX && specs.every(isSpec))
  );
}

function isSpec({ name, dataType, shape }: TensorSpec): boolean {
  return (
    name.length >= 1 &&
    name.length <= NAME_CHARACTERS_MAX &&
    DATA_TYPES.includes(dataType) &&
    shape.length <= limits.tensorRankMax &&
    shape.every((size) => Number.isSafeInteger(size) && size >= -1)
  );
}
