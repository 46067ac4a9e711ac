import { decodeSafetensors, type ModelInspection, type Tensor } from '@sedge/protocol';
import { publishedInspection, type ModelHost } from '@sedge/runtime';
import { filesOf, withLocalHost, type LocalModel } from './local-host.ts';
import type { ModelDescription } from './publish.ts';

/**
 * What a model file offers: opened as a node opens it, in a child process without rights, because it is somebody's
 * code. Throws the code of the step at which the model is refused.
 */
export async function describeModel(model: LocalModel): Promise<ModelDescription> {
  return withLocalHost((host) => describeWith(host, model));
}

export async function describeWith(
  host: Pick<ModelHost, 'inspect'>,
  model: LocalModel,
): Promise<ModelDescription & { readonly inspection: ModelInspection }> {
  const found = await host.inspect(filesOf(model));
  const described = { functions: found.functions, inspection: publishedInspection(found) };
  if (!found.trainable.yes || model.weights === undefined) return described;
  return { ...described, parameters: decodeSafetensors(model.weights).map(parameterOf) };
}

/** The order in the file becomes the order of the flat vector that travels in training. */
function parameterOf({ name, shape }: Tensor): { name: string; shape: number[] } {
  return { name, shape: [...shape] };
}
