import { modelKey, SedgeError, type ModelInspection, type ModelManifest, type ParameterSpec } from '@sedge/protocol';

/** Throws TENSOR_MISMATCH for a manifest that names parameters which its file does not have. */
export function checkParameters(manifest: ModelManifest, inspection: ModelInspection): void {
  const { parameters: named = [] } = manifest;
  const { parameters: found } = inspection;
  if (found === undefined) return;
  const known = new Set(found.map(wordsOf));
  const stranger = named.find((parameter) => !known.has(wordsOf(parameter)));
  if (stranger === undefined) return;
  const detail = `the file of ${modelKey(manifest)} has no trainable parameter ${wordsOf(stranger)}`;
  throw new SedgeError('TENSOR_MISMATCH', detail, { expose: true });
}

function wordsOf({ name, shape }: ParameterSpec): string {
  return `${name} [${shape.join(', ')}]`;
}
