import { copyBytes, type Tensor } from '@sedge/protocol/core';
import type { ModelFiles } from '../engine.ts';
import type { TrainingJob } from './messages.ts';
import { isFile } from './read-content.ts';

/**
 * A message carries the whole buffer under a view of a part: these functions copy such views out, for example those
 * of a network frame, and leave data alone that owns its buffer.
 */
export function ownedFiles({ artifact, weights, ...rest }: ModelFiles): ModelFiles {
  return {
    ...rest,
    artifact: isFile(artifact) ? artifact : ownedBytes(artifact),
    ...(weights && { weights: isFile(weights) ? weights : weights.map(ownedTensor) }),
  };
}

/** Without the weights of a component: its training brings all of them. An ONNX model may train some and keep others. */
export function ownedJob({ files, weights, examples, config, checkpoint }: TrainingJob): TrainingJob {
  const { correction, ...settings } = config;
  const { weights: others, ...rest } = files;
  const kept = files.format === 'onnx' && others !== undefined ? { ...rest, weights: others } : rest;
  return {
    files: ownedFiles(kept),
    ...(checkpoint && { checkpoint: checkpoint.map(ownedTensor) }),
    weights: weights.map(ownedTensor),
    examples: examples.map(ownedTensor),
    config: { ...settings, ...(correction && { correction: correction.map(ownedTensor) }) },
  };
}

export function ownedTensor(tensor: Tensor): Tensor {
  return { ...tensor, data: ownedBytes(tensor.data) };
}

function ownedBytes(data: Uint8Array): Uint8Array {
  return data.byteLength === data.buffer.byteLength ? data : copyBytes(data);
}
