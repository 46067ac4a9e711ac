import { createHash } from 'node:crypto';
import { deriveTraining } from '@sedge/autodiff';
import { trainableWeights } from '../../accuracy/model-weights.ts';
import { hasPublishedModels, NO_PUBLISHED_MODELS, readSqueezeNet } from '../../data/published-models.ts';
import { type Benchmark, medianOf, rounded } from '../benchmark.ts';
import { type GraphEngine, graphEngines } from './graph-engine.ts';
import { timed } from './interleave.ts';
import { atMost, judgedLine } from './target.ts';

const RUNS = 5;
const SECONDS_MAX = 2;
/** A graph that runs once, for shapes, is not worth to be optimised: the trainer does the same. */
const ONCE = { graphOptimizationLevel: 'disabled' } as const;

/** The training graphs of SqueezeNet: how long they take to derive, and how large they are beside the weights. */
export const benchDerivation: Benchmark = async (tell) => {
  if (!hasPublishedModels) {
    tell(`skipped: ${NO_PUBLISHED_MODELS}`);
    return { skipped: NO_PUBLISHED_MODELS };
  }
  const model = await readSqueezeNet();
  const weightBytes = trainableWeights(model).reduce((sum, { data }) => sum + data.byteLength, 0);
  const figures: Record<string, unknown> = { weightBytes };
  for (const engine of await graphEngines(ONCE)) {
    const { seconds, graphBytes } = await deriveRepeatedly(model, engine);
    const judged = atMost(seconds, SECONDS_MAX, ' s');
    tell(judgedLine(engine.name, judged));
    Object.assign(figures, { [engine.name]: judged, graphBytes });
  }
  tell(`bytes: ${JSON.stringify(figures['graphBytes'])}, for ${weightBytes} bytes of weights`);
  return figures;
};

async function deriveRepeatedly(model: Uint8Array, engine: GraphEngine) {
  const derive = () =>
    deriveTraining(model, {
      loss: 'softmax-cross-entropy',
      optimizer: { name: 'sgd' },
      trainable: 'all',
      batch: 1,
      engine,
      hash: (bytes) => createHash('sha256').update(bytes).digest('hex'),
    });
  const { epochGraph, stepGraph, evaluationGraph } = await derive();
  const samples: number[] = [];
  for (let run = 0; run < RUNS; run++) samples.push(await timed(derive)());
  const graphBytes = {
    epoch: epochGraph.byteLength,
    step: stepGraph.byteLength,
    evaluation: evaluationGraph.byteLength,
  };
  return { seconds: rounded(medianOf(samples) / 1_000, 3), graphBytes };
}
