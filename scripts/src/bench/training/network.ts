import { float32Values, toUtf8 } from '@sedge/protocol';
import { type DenseLayer, exportMlpOnnx, initialMlpWeights, trainPerceptron } from '@sedge/runtime';
import type { Benchmark } from '../benchmark.ts';
import { rounded } from '../benchmark.ts';
import { rowsOf } from '../runtime/perceptron-models.ts';
import { graphEngines } from './graph-engine.ts';
import { interleave, timed, type TimedWork } from './interleave.ts';
import { NO_NUMPY, type NumpyProcess, startNumpy } from './numpy-process.ts';
import { plainEpoch } from './plain-training.ts';
import { BATCH, LEARNING_RATE, runEpoch, runSteps, type Sample, sampleTraining } from './sample-training.ts';
import { atLeast, atMost, type Judged, judgedLine } from './target.ts';

/** The network "2NN" of McMahan et al. 2017, and the 600 examples that each of their hundred clients holds. */
const SIZES = [784, 200, 200, 10] as const;
const ROWS = 600;
const ROUNDS = { rounds: 15, warmUpMs: 2_000 };

const TARGETS = {
  native: { ofNumpy: 0.6, overTypescript: 20, epochOverSteps: 1.4 },
  portable: { ofNumpy: 2, overTypescript: 7, epochOverSteps: 1.3 },
} as const;

/** One epoch of the small network: both engines, by epoch graph and step by step; numpy; plain TypeScript. */
export const benchNetwork: Benchmark = async (tell) => {
  const sample = networkSample();
  const numpy = await startNumpy({ ...sample, sizes: SIZES, batch: BATCH, learningRate: LEARNING_RATE });
  if (numpy === undefined) tell(`without numpy: ${NO_NUMPY}`);
  else tell(`numpy ${numpy.version.numpy}, ${numpy.version.blas}, one thread`);
  const { work, close, names } = await allWork(sample, numpy);
  try {
    const msOfEpoch = await interleave(work, ROUNDS);
    const stepMs = Object.fromEntries(
      Object.entries(msOfEpoch).map(([name, ms]) => [name, rounded(ms / (ROWS / BATCH), 3)]),
    );
    tell(`milliseconds for a step: ${JSON.stringify(stepMs)}`);
    const judged = Object.assign({}, ...names.map((name) => judge(name, msOfEpoch))) as Record<string, Judged>;
    for (const [name, figure] of Object.entries(judged)) tell(judgedLine(name, figure));
    return { stepMs, ...(numpy === undefined ? { numpy: NO_NUMPY } : numpy.version), ...judged };
  } finally {
    await close();
    await numpy?.stop();
  }
};

type EngineLabel = 'native' | 'portable';

interface NetworkSample extends Sample {
  readonly layers: readonly DenseLayer[];
  readonly weights: Float32Array;
}

function networkSample(): NetworkSample {
  const tensors = initialMlpWeights(SIZES, toUtf8('bench'));
  const { values: features, labels } = rowsOf(ROWS);
  const values = tensors.map(float32Values);
  const layers = SIZES.slice(1).map((outputs, index) => ({
    inputs: SIZES[index] ?? 0,
    outputs,
    weight: values[2 * index] ?? new Float32Array(),
    bias: values[2 * index + 1] ?? new Float32Array(),
  }));
  const weights = Float32Array.from(values.flatMap((part) => [...part]));
  return {
    model: exportMlpOnnx({ weights: tensors }),
    input: 'features',
    dims: [784],
    features,
    labels,
    layers,
    weights,
  };
}

async function allWork(sample: NetworkSample, numpy: NumpyProcess | undefined) {
  const engines = await graphEngines();
  const work: Record<string, TimedWork> = {};
  const closes: (() => Promise<void>)[] = [];
  for (const engine of engines) {
    const prepared = await sampleTraining(sample, engine);
    const epoch = await engine.open(prepared.training.epochGraph);
    const step = await engine.open(prepared.training.stepGraph);
    work[engine.name] = timed(() => runEpoch(epoch, prepared));
    work[`${engine.name}BySteps`] = timed(() => runSteps(step, prepared));
    closes.push(
      () => epoch.close(),
      () => step.close(),
    );
  }
  const settings = { learningRate: LEARNING_RATE, batch: BATCH };
  const config = { ...settings, epochs: 1, batchSize: BATCH, seed: 1n };
  work['typescript'] = timed(() => plainEpoch({ ...sample, ...settings }));
  work['reference'] = timed(() => trainPerceptron(sample.layers, sample, config));
  if (numpy !== undefined) work['numpy'] = async () => (await numpy.epoch()).ms;
  const close = async () => void (await Promise.all(closes.map((one) => one())));
  return { work, close, names: engines.map(({ name }) => name) };
}

function judge(name: EngineLabel, ms: Readonly<Record<string, number>>): Record<string, Judged> {
  const target = TARGETS[name];
  const { [name]: own = Number.NaN, [`${name}BySteps`]: steps = Number.NaN, numpy, typescript = Number.NaN } = ms;
  return {
    ...(numpy !== undefined && { [`${name}OfNumpy`]: atMost(own / numpy, target.ofNumpy, '×') }),
    [`${name}FasterThanTypescript`]: atLeast(typescript / own, target.overTypescript, '×'),
    [`${name}EpochOverSteps`]: atLeast(steps / own, target.epochOverSteps, '×'),
  };
}
