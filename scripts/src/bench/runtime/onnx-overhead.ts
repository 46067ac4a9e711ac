import type { Tensor } from '@sedge/protocol';
import type { Engine } from '@sedge/runtime';
import { onnxNodeEngine, onnxWebEngine } from '@sedge/runtime/engines';
import type * as OnnxRuntime from 'onnxruntime-web';
import { hasPublishedModels, NO_PUBLISHED_MODELS, readSqueezeNet } from '../../data/published-models.ts';
import type { Benchmark } from '../benchmark.ts';
import { takeTurns, timesFaster } from './take-turns.ts';

const SHAPE = [1, 3, 224, 224];
const ELEMENTS = 3 * 224 * 224;
/** 1.0 in float16. */
const ONE = 0x3c00;

interface Build {
  readonly engine: Engine;
  readonly provider: string;
  readonly load: () => Promise<typeof OnnxRuntime>;
}

const builds: Readonly<Record<string, Build>> = {
  onnxWeb: { engine: onnxWebEngine(), provider: 'wasm', load: () => import('onnxruntime-web') },
  onnxNode: {
    engine: onnxNodeEngine(),
    provider: 'cpu',
    load: () => import('onnxruntime-node') as Promise<unknown> as Promise<typeof OnnxRuntime>,
  },
};

/** SqueezeNet through the interface of all engines, and through a session of ONNX Runtime's own, one thread each. */
export const benchOnnxOverhead: Benchmark = async (tell) => {
  if (!hasPublishedModels) return skipped(tell, NO_PUBLISHED_MODELS);
  const artifact = await readSqueezeNet();
  const figures: Record<string, unknown> = {};
  for (const [name, build] of Object.entries(builds)) {
    figures[name] = await overheadOf(build, artifact).catch((error: unknown) => ({ skipped: String(error) }));
    tell(`${name}: ${JSON.stringify(figures[name])}`);
  }
  return figures;
};

async function overheadOf({ engine, provider, load }: Build, artifact: Uint8Array) {
  const session = await engine.open({ format: 'onnx', artifact });
  const runtime = await load();
  const options = { executionProviders: [provider], logSeverityLevel: 3, intraOpNumThreads: 1, interOpNumThreads: 1 };
  const own = await runtime.InferenceSession.create(artifact, options as OnnxRuntime.InferenceSession.SessionOptions);
  const values = new Uint16Array(ELEMENTS).fill(ONE);
  const input: Tensor = { name: 'data_0', dataType: 'FP16', shape: SHAPE, data: new Uint8Array(values.buffer) };
  const timings = await takeTurns(
    {
      direct: () => own.run({ data_0: new runtime.Tensor('float16', values, SHAPE) }),
      interface: () => session.run('infer', [input]),
    },
    { blocks: 10, calls: 10, warmUp: 30 },
  );
  await Promise.all([own.release(), session.close()]);
  return { ...timings, interfaceOverDirect: timesFaster(timings.direct, timings.interface) };
}

function skipped(tell: (line: string) => void, reason: string) {
  tell(`skipped: ${reason}`);
  return { skipped: reason };
}
