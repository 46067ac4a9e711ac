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
import { roundsInput, roundsModel } from './rounds-model.ts';
import type { SteadyModel } from './steady-load.ts';

const LAYERS = [784, 128, 10] as const;
const [INPUTS] = LAYERS;
const IMAGE_SHAPE = [1, 3, 224, 224];
const IMAGE_BYTES = 2 * 3 * 224 * 224;
const MB = 1024 * 1024;
/**
 * Longer than a guest must live for its successor to be started at once, and not in step: to send millions of bytes
 * holds this process up, which would count as an overshoot of the other one.
 */
const HANGING_EVERY_MS = 11_000;
const GREEDY_EVERY_MS = 17_000;

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
  const bad = [hangingModel(), greedyModel(perceptron)];
  const opened = await openSteady(steady, tell);
  for (const model of bad) await model.host.open(model.name, model.files);
  return { steady: opened, bad, hosts: [...steady, ...bad].map((model) => model.host) };
}

function host(options: Partial<ProcessHostOptions> = {}): ModelHost {
  return startProcessHost({ clock: systemClock, log: silentLog, ...options });
}

function hangingModel(): BadModel {
  return {
    name: 'hanging',
    host: host(),
    files: { format: 'onnx', artifact: roundsModel() },
    badInputs: [roundsInput(2n ** 62n)],
    goodInputs: [roundsInput(1n)],
    timeoutMs: 100,
    everyMs: HANGING_EVERY_MS,
  };
}

/** Asks for more rows than the memory of its host holds. */
function greedyModel(files: ModelFiles): BadModel {
  return {
    name: 'greedy',
    host: host({ memoryBytesMax: 96 * MB }),
    files,
    badInputs: [rows(8_192)],
    goodInputs: [rows(1)],
    timeoutMs: 30_000,
    everyMs: GREEDY_EVERY_MS,
  };
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
    return { name: `squeezenet-${engine}`, host: host({ kind }), files, inputs, restMs: 400 };
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
