import { silentLog, systemClock } from '@sedge/kit';
import { decodeSafetensors, type Tensor } from '@sedge/protocol';
import { startWorkerHost } from '@sedge/runtime';
import type { ModelContent, ModelDescription } from './publish.ts';

/**
 * What a model file offers: opened as a node would open it, in a worker, because it is somebody's code.
 * Throws MODEL_INVALID, MODEL_REFUSED or MODEL_LOAD_FAILED.
 */
export async function describeModel({
  format,
  artifact,
  weights,
}: Pick<ModelContent, 'format' | 'artifact' | 'weights'>): Promise<ModelDescription> {
  const tensors = weights === undefined ? undefined : decodeSafetensors(weights);
  const host = startWorkerHost({ clock: systemClock, log: silentLog });
  try {
    const files = { format, artifact, ...(tensors === undefined ? {} : { weights: tensors }) };
    const { functions, trainable } = await host.open('model', files);
    return trainable && tensors !== undefined ? { functions, parameters: tensors.map(parameterOf) } : { functions };
  } finally {
    await host.stop();
  }
}

/** The order in the file becomes the order of the flat vector that travels in training. */
function parameterOf({ name, shape }: Tensor): { name: string; shape: number[] } {
  return { name, shape: [...shape] };
}
