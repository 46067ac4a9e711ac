import type { ContentRef, ModelManifest, ModelName } from '@sedge/protocol';

/** A manifest over a file that takes four numbers. */
export function manifestOf(artifact: ContentRef): ModelManifest {
  return {
    schema: 'sedge.model/v1',
    name: 'perceptron' as ModelName,
    version: 1,
    format: 'onnx',
    artifact,
    functions: [{ name: 'infer', inputs: [], outputs: [] }],
    createdAt: '2026-01-01T00:00:00.000Z',
  };
}
