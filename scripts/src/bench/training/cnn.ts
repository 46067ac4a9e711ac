import { FEDAVG_CNN, cnnOnnx, cnnStepFlop } from '../../accuracy/fedavg-cnn.ts';
import { type Benchmark, rounded } from '../benchmark.ts';
import { rowsOf } from '../runtime/perceptron-models.ts';
import { type GraphEngine, graphEngines } from './graph-engine.ts';
import { interleave, timed, type TimedWork } from './interleave.ts';
import { matmulPeak, PEAK_FLOP } from './matmul-peak.ts';
import { BATCH, runEpoch, runSteps, type Sample, sampleTraining } from './sample-training.ts';
import { atLeast, type Judged, judgedLine } from './target.ts';

const ROWS = 60;
const STEPS = ROWS / BATCH;
const ROUNDS = { rounds: 9, warmUpMs: 2_000 };
const PEAK_SHARE = { native: 0.25, portable: 0.5 } as const;
const EPOCH_OVER_STEPS = 0.9;

/** Steps of the larger network of McMahan et al. 2017, against the products of matrices that the same engine manages. */
export const benchCnn: Benchmark = async (tell) => {
  const sample = cnnSample();
  const engines = await graphEngines();
  const opened = await Promise.all(engines.map((engine) => workOf(engine, sample)));
  const work = Object.assign({}, ...opened.map(({ things }) => things)) as Record<string, TimedWork>;
  const ms = await interleave(work, ROUNDS);
  await Promise.all(opened.map(({ close }) => close()));
  const figures = Object.fromEntries(engines.map(({ name }) => [name, judge(name, ms)]));
  for (const [name, { stepMs, gigaflops, peakGigaflops, ...judged }] of Object.entries(figures)) {
    tell(`${name}: ${stepMs} ms for a step, ${gigaflops} of ${peakGigaflops} GFLOP/s`);
    for (const [what, figure] of Object.entries(judged)) tell(`  ${judgedLine(what, figure)}`);
  }
  return figures;
};

/** A model and rows of its size, also for what trains it elsewhere. */
export function cnnSample(): Sample {
  const { values: features, labels } = rowsOf(ROWS);
  return { model: cnnOnnx(FEDAVG_CNN, 'bench'), input: 'image', dims: [1, 28, 28], features, labels };
}

async function workOf(engine: GraphEngine, sample: Sample) {
  const prepared = await sampleTraining(sample, engine);
  const epoch = await engine.open(prepared.training.epochGraph);
  const step = await engine.open(prepared.training.stepGraph);
  const peak = await matmulPeak(engine);
  const things = {
    [engine.name]: timed(() => runEpoch(epoch, prepared)),
    [`${engine.name}BySteps`]: timed(() => runSteps(step, prepared)),
    [`${engine.name}Peak`]: peak.run,
  };
  return { things, close: () => Promise.all([epoch.close(), step.close(), peak.close()]) };
}

interface CnnFigures {
  readonly stepMs: number;
  readonly gigaflops: number;
  readonly peakGigaflops: number;
  readonly shareOfPeak: Judged;
  readonly epochOverSteps: Judged;
}

function judge(name: GraphEngine['name'], ms: Readonly<Record<string, number>>): CnnFigures {
  const { [name]: own = Number.NaN, [`${name}BySteps`]: steps = Number.NaN, [`${name}Peak`]: peak = Number.NaN } = ms;
  const perMs = (STEPS * cnnStepFlop(FEDAVG_CNN, BATCH)) / own;
  const peakPerMs = PEAK_FLOP / peak;
  return {
    stepMs: rounded(own / STEPS),
    gigaflops: rounded(perMs / 1e6, 1),
    peakGigaflops: rounded(peakPerMs / 1e6, 1),
    shareOfPeak: atLeast(perMs / peakPerMs, PEAK_SHARE[name]),
    epochOverSteps: atLeast(steps / own, EPOCH_OVER_STEPS, '×'),
  };
}
