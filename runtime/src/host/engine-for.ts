import { type EngineName, type ModelFormat, SedgeError } from '@sedge/protocol/core';
import type { Engine, ModelFiles } from '../engine.ts';
import type { ModelLog } from '../engines/guest-log.ts';
import type { GraphStore } from '../training/derived-graphs.ts';
import type { GrowthCaps } from '../wasm/growth-caps.ts';
import { memoryBytesOf } from './guest-caps.ts';

export interface GuestEngineOptions {
  readonly log: ModelLog;
  readonly caps: GrowthCaps;
  readonly graphs: GraphStore;
}

const PORTABLE_ENGINES: Readonly<Record<ModelFormat, EngineName>> = { component: 'component', onnx: 'onnx-web' };

/**
 * Engines are loaded with the first model that needs them: a small board may never need the large one. Throws
 * ENGINE_UNAVAILABLE for one that does not run models of that format.
 */
export async function engineFor(files: ModelFiles, options: GuestEngineOptions): Promise<Engine> {
  const { format, engine = PORTABLE_ENGINES[format] } = files;
  const room = { graphs: options.graphs, memoryBytesMax: memoryBytesOf(options.caps) };
  if ((engine === 'component') !== (format === 'component')) {
    throw new SedgeError('ENGINE_UNAVAILABLE', `${engine} does not run models of format ${format}`, { expose: true });
  }
  switch (engine) {
    case 'component':
      return (await import('../engines/component.ts')).componentEngine(options);
    case 'onnx-web':
      return (await import('../engines/onnx-web.ts')).onnxWebEngine(room);
    case 'onnx-node':
      return (await import('../engines/onnx-node.ts')).onnxNodeEngine(room);
  }
}
