import { checkAgainstSpec, type FunctionSpec, SedgeError, type Tensor, type TensorSpec } from '@sedge/protocol/core';

const DETAIL_CHARACTERS_MAX = 500;

/** Throws FUNCTION_NOT_FOUND, naming the functions that there are. */
export function findFunction(functions: readonly FunctionSpec[], name: string): FunctionSpec {
  const found = functions.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  const known = functions.map((candidate) => candidate.name).join(', ');
  throw new SedgeError('FUNCTION_NOT_FOUND', `known functions: ${known}`, { expose: true });
}

/** The inputs in the order of the declaration: each exactly once, of its type and shape. Throws TENSOR_MISMATCH. */
export function arrangeInputs(specs: readonly TensorSpec[], inputs: readonly Tensor[]): Tensor[] {
  return arrange(specs, inputs, 'input');
}

/** The outputs in the order of the declaration. Throws MODEL_OUTPUT_INVALID: the model broke its own word. */
export function arrangeOutputs(specs: readonly TensorSpec[], outputs: readonly Tensor[]): Tensor[] {
  return arrangeResult(specs, outputs, 'output');
}

/** Trained weights in the order of those that the training began with. Throws MODEL_OUTPUT_INVALID. */
export function arrangeWeights(specs: readonly TensorSpec[], weights: readonly Tensor[]): Tensor[] {
  return arrangeResult(specs, weights, 'weight');
}

function arrangeResult(specs: readonly TensorSpec[], tensors: readonly Tensor[], role: string): Tensor[] {
  try {
    return arrange(specs, tensors, role);
  } catch (cause) {
    const detail = cause instanceof SedgeError ? cause.detail : String(cause);
    // Names in it come from the model.
    const shortened = detail.slice(0, DETAIL_CHARACTERS_MAX);
    throw new SedgeError('MODEL_OUTPUT_INVALID', `its answer is not what it declares: ${shortened}`, {
      cause,
      expose: true,
    });
  }
}

function arrange(specs: readonly TensorSpec[], tensors: readonly Tensor[], role: string): Tensor[] {
  for (const { name } of tensors) {
    if (!specs.some((spec) => spec.name === name)) throw mismatch(`there is no ${role} ${name}`, specs, role);
  }
  return specs.map((spec) => {
    const [tensor, ...others] = tensors.filter(({ name }) => name === spec.name);
    if (tensor === undefined) throw mismatch(`the ${role} ${spec.name} is missing`, specs, role);
    if (others.length > 0) throw mismatch(`the ${role} ${spec.name} is given twice`, specs, role);
    checkAgainstSpec(tensor, spec);
    return tensor;
  });
}

function mismatch(detail: string, specs: readonly TensorSpec[], role: string): SedgeError {
  const known = specs.map(({ name }) => name).join(', ');
  return new SedgeError('TENSOR_MISMATCH', `${detail}; the ${role}s are ${known}`, { expose: true });
}
