import { checkAgainstSpec, type FunctionSpec, SedgeError, type Tensor, type TensorSpec } from '@sedge/protocol';

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

/** The outputs in the order of the declaration. Throws MODEL_FAILED: the model broke its own word. */
export function arrangeOutputs(specs: readonly TensorSpec[], outputs: readonly Tensor[]): Tensor[] {
  try {
    return arrange(specs, outputs, 'output');
  } catch (cause) {
    const detail = cause instanceof SedgeError ? cause.detail : String(cause);
    throw new SedgeError('MODEL_FAILED', `its answer is not what it declares: ${detail}`, { cause });
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
