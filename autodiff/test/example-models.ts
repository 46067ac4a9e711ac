import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InferenceSession, type Tensor } from 'onnxruntime-web';
import type { OnnxModel } from '../src/codec/messages.ts';
import { GraphBuilder } from '../src/graph/graph-builder.ts';
import { modelOf } from '../src/graph/model-of.ts';

/** softmax(relu(x·w + b)·v + c) with small whole numbers, so that a reader can follow it on paper. */
export function handCalculatedModel(): OnnxModel {
  const graph = new GraphBuilder('by-hand');
  const x = graph.input('x', 'FLOAT', ['batch', 2]);
  const w = graph.initializer('w', [2, 2], Float32Array.of(1, -1, 2, 1));
  const b = graph.initializer('b', [2], Float32Array.of(0.5, -3));
  const hidden = graph.relu(graph.gemm(x, w, b));
  const v = graph.initializer('v', [2, 2], Float32Array.of(1, 0, 5, 5));
  const c = graph.initializer('c', [2], Float32Array.of(0, 2));
  const logits = graph.gemm(hidden, v, c, { transB: true, output: 'logits' });
  graph.output(graph.softmax(logits, 'probabilities'), 'FLOAT', ['batch', 2]);
  graph.output(logits, 'FLOAT', ['batch', 2]);
  return modelOf(graph.build());
}

const SHARED_MODELS = new URL('../../../shared/models/', import.meta.url);

/** A published model beside the checkout, or undefined (with a printed reason) where there is none. */
export function publishedFile(path: string): Uint8Array | undefined {
  const file = fileURLToPath(new URL(path, SHARED_MODELS));
  if (existsSync(file)) return new Uint8Array(readFileSync(file));
  process.stderr.write(`skipped: ${path} is not in ../shared/models\n`);
  return undefined;
}

/** Runs a model on ONNX Runtime and gives the values of every output by name. */
export async function runModel(
  bytes: Uint8Array,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
  try {
    const results = await session.run(feeds);
    return new Map(Object.entries(results).map(([name, { data }]) => [name, [...(data as Float32Array)]]));
  } finally {
    await session.release();
  }
}
