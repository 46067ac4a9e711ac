import type { OnnxGraph, OnnxModel } from '../codec/messages.ts';

export interface ModelOptions {
  /** Version of the standard operators; 17 runs on ONNX Runtime 1.12 and later. */
  readonly opset?: number;
  /** Version of the file format; 8 is the one that came with operators 17 (onnx/docs/Versioning.md). */
  readonly irVersion?: number;
  readonly producerName?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Puts a graph into a model. */
export function modelOf(graph: OnnxGraph, options: ModelOptions = {}): OnnxModel {
  const { opset = 17, irVersion = 8, producerName = 'sedge', metadata = {} } = options;
  return {
    irVersion,
    producerName,
    graph,
    opsetImports: [{ domain: '', version: opset }],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  };
}
