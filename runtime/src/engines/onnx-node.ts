import { isMainThread } from 'node:worker_threads';
import { SedgeError } from '@sedge/protocol/core';
import type { Engine } from '../engine.ts';
import { onnxEngine, type OnnxRuntime, type OnnxTrainingRoom } from './onnx-session.ts';

/**
 * Runs ONNX graphs through onnxruntime-node, in native code: where that is installed and has a binary. A run blocks
 * the event loop, and a crash of it ends the process: for child processes.
 */
export function onnxNodeEngine(room?: OnnxTrainingRoom): Engine {
  const options = {
    name: 'onnx-node',
    providers: ['cpu', 'cuda', 'tensorrt', 'webgpu'],
    // The main thread computes; more threads would spin while they wait.
    // Its pool of memory stays on: without it SqueezeNet left 70 to 152 MB behind, as the allocator's luck would have it.
    sessionOptions: { intraOpNumThreads: 1, interOpNumThreads: 1 },
    load: loadRuntime,
  } as const;
  return onnxEngine(options, room);
}

async function loadRuntime(): Promise<OnnxRuntime> {
  // To end a thread in the middle of a run aborts the whole process.
  if (!isMainThread) throw unavailable('onnx-node runs in a child process only, never in a thread');
  try {
    const runtime = await import('onnxruntime-node');
    runtime.env.logLevel = 'fatal';
    return runtime;
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw unavailable(`onnxruntime-node does not load: ${detail}`, cause);
  }
}

function unavailable(detail: string, cause?: unknown): SedgeError {
  return new SedgeError('ENGINE_UNAVAILABLE', detail, { cause, expose: true });
}
