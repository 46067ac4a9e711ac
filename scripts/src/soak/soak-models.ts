import { silentLog, systemClock } from '@sedge/kit';
import { asSedgeError, float32Tensor, type Tensor, toUtf8 } from '@sedge/protocol';
import {
  initialMlpWeights,
  startProcessHost,
  type ModelFiles,
  type ModelHost,
  type ProcessHostOptions,
} from '@sedge/runtime';
import { readModel } from '@sedge/wasm-models';
import { hasPublishedModels, NO_PUBLISHED_MODELS, readSqueezeNet } from '../data/published-models.ts';
import type { BadModel } from './bad-load.ts';
import type { SteadyModel } from './steady-load.ts';

const LAYERS = [784, 128, 10] as const;
const [INPUTS] = LAYERS;
const IMAGE_SHAPE = [1, 3, 224, 224];
const IMAGE_BYTES = 2 * 3 * 224 * 224;
const MB = 1024 * 1024;
/** Longer than a guest must live for its successor to be started at once. */
const BAD_EVERY_MS = 12_000;

export interface SoakModels {
  readonly steady: readonly SteadyModel[];
  readonly bad: readonly BadModel[];
  readonly hosts: readonly ModelHost[];
}

/** Opens everything, each model in a host of its own. */
export async function openSoakModels(tell: (line: string) => void): Promise<SoakModels> {
  const perceptron = await perceptronFiles();
  const steady = [
    { name: 'mlp', host: host(), files: perceptron, inputs: [rows(1)], restMs: 2 },
    ...(await squeezeNets(tell)),
  ];
  const bad = [
    // Some milliseconds of work for each thousand rows: far more than the deadline.
    badModel('hanging', host(), { badInputs: [rows(16_384)], timeoutMs: 20 }),
    badModel('greedy', host({ memoryBytesMax: 128 * MB }), { badInputs: [rows(32_768)], timeoutMs: 30_000 }),
  ];
  const opened = await openSteady(steady, tell);
  for (const model of bad) await model.host.open(model.name, perceptron);
  return { steady: opened, bad, hosts: [...steady, ...bad].map((model) => model.host) };
}

function host(options: Partial<ProcessHostOptions> = {}): ModelHost {
  return startProcessHost({ clock: systemClock, log: silentLog, ...options });
}

function badModel(name: string, its: ModelHost, calls: Pick<BadModel, 'badInputs' | 'timeoutMs'>): BadModel {
  return { name, host: its, ...calls, goodInputs: [rows(1)], everyMs: BAD_EVERY_MS };
}

async function perceptronFiles(): Promise<ModelFiles> {
  const artifact = new Uint8Array(await readModel('mlp'));
  return { format: 'component', artifact, weights: initialMlpWeights(LAYERS, toUtf8('soak')) };
}

function rows(count: number): Tensor {
  return float32Tensor('features', [count, INPUTS], new Float32Array(count * INPUTS).fill(0.5));
}

async function squeezeNets(tell: (line: string) => void): Promise<SteadyModel[]> {
  if (!hasPublishedModels) {
    tell(`SqueezeNet is left out: ${NO_PUBLISHED_MODELS}`);
    return [];
  }
  const artifact = await readSqueezeNet();
  const inputs = [{ name: 'data_0', dataType: 'FP16', shape: IMAGE_SHAPE, data: new Uint8Array(IMAGE_BYTES) }] as const;
  const kinds = [
    { engine: 'onnx-web', kind: 'portable' },
    { engine: 'onnx-node', kind: 'native' },
  ] as const;
  return kinds.map(({ engine, kind }) => {
    const files: ModelFiles = { format: 'onnx', engine, artifact };
    return { name: `squeezenet-${engine}`, host: host({ kind }), files, inputs, restMs: 100 };
  });
}

/** What opens; a machine may lack an engine. */
async function openSteady(models: readonly SteadyModel[], tell: (line: string) => void): Promise<SteadyModel[]> {
  const opened: SteadyModel[] = [];
  for (const model of models) {
    try {
      await model.host.open(model.name, model.files);
      opened.push(model);
    } catch (error) {
      tell(`${model.name} is left out: ${asSedgeError(error).message}`);
    }
  }
  return opened;
}
