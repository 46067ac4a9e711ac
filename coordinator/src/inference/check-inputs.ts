import { checkAgainstSpec, type FunctionSpec, SedgeError, type Tensor } from '@sedge/protocol';

/** Checks that a function gets each of its inputs once, as it wants it, and no other. Throws TENSOR_MISMATCH. */
export function checkInputs(inputs: readonly Tensor[], spec: FunctionSpec): void {
  const byName = new Map(inputs.map((tensor) => [tensor.name, tensor]));
  if (byName.size !== inputs.length) throw mismatch('an input stands there twice');
  for (const expected of spec.inputs) {
    const tensor = byName.get(expected.name);
    if (tensor === undefined) throw mismatch(`input ${expected.name} is missing`);
    checkAgainstSpec(tensor, expected);
    byName.delete(expected.name);
  }
  const [unknown] = byName.keys();
  if (unknown !== undefined) throw mismatch(`${spec.name} takes no input ${unknown}`);
}

function mismatch(detail: string): SedgeError {
  return new SedgeError('TENSOR_MISMATCH', detail, { expose: true });
}
