import type { Engine } from '../engine.ts';
import { onnxEngine, type OnnxRuntime, type OnnxTrainingRoom } from './onnx-session.ts';

/** Runs ONNX graphs through onnxruntime-web, in WebAssembly: wherever Node runs. Loaded with the first model. */
export function onnxWebEngine(room?: OnnxTrainingRoom): Engine {
  return onnxEngine({ name: 'onnx-web', providers: ['wasm'], load: loadRuntime }, room);
}

async function loadRuntime(): Promise<OnnxRuntime> {
  const runtime = await import('onnxruntime-web');
  // More threads than one spin while they wait, and were slower on busy boards.
  runtime.env.wasm.numThreads = 1;
  runtime.env.logLevel = 'fatal';
  return runtime;
}
