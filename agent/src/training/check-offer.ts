import { modelKey, SedgeError, type ModelManifest, type ParameterSpec, type RoundOffer } from '@sedge/protocol';

/** An offer without training asks for no parameters. Throws MODEL_NOT_TRAINABLE, TENSOR_MISMATCH for an offer that is not about the parameters of the signed model. */
export function checkOffer({ local, model, parameters }: RoundOffer, manifest: ModelManifest): void {
  if (local === undefined) return;
  const known = manifest.parameters;
  if (known === undefined) throw new SedgeError('MODEL_NOT_TRAINABLE', modelKey(model), { expose: true });
  const stranger = parameters.find((offered) => !known.some((parameter) => isSame(parameter, offered)));
  if (stranger === undefined) return;
  throw new SedgeError('TENSOR_MISMATCH', `${modelKey(model)} has no parameter ${wordsOf(stranger)}`, { expose: true });
}

/** Whether two offers ask for the same computation, so that its result serves both. */
export function asksTheSame(left: RoundOffer, right: RoundOffer): boolean {
  return JSON.stringify(workOf(left)) === JSON.stringify(workOf(right));
}

/** An offer without what changes when it is made again. */
function workOf(offer: RoundOffer): RoundOffer {
  return { ...offer, attempt: 1, timeoutMs: 1 };
}

function isSame(left: ParameterSpec, right: ParameterSpec): boolean {
  return wordsOf(left) === wordsOf(right);
}

function wordsOf({ name, shape }: ParameterSpec): string {
  return `${name} [${shape.join(', ')}]`;
}
