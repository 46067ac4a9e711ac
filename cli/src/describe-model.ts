import { decodeSafetensors, type Tensor } from '@sedge/protocol';
import { filesOf, withLocalHost, type LocalModel } from './local-host.ts';
import type { ModelDescription } from './publish.ts';

/**
 * What a model file offers: opened as a node opens it, in a child process without rights, because it is somebody's
 * code. Throws the code of the step at which the model is refused.
 */
export async function describeModel(model: LocalModel): Promise<ModelDescription> {
  const { functions, trainable } = await withLocalHost((host) => host.open('model', filesOf(model)));
  if (!trainable || model.weights === undefined) return { functions };
  return { functions, parameters: decodeSafetensors(model.weights).map(parameterOf) };
}

/** The order in the file becomes the order of the flat vector that travels in training. */
function parameterOf({ name, shape }: Tensor): { name: string; shape: number[] } {
  return { name, shape: [...shape] };
}
