import { classify, trainPerceptron, type Session } from '@sedge/runtime';
import { componentEngine, onnxWebEngine } from '@sedge/runtime/engines';
import type { Benchmark } from '../benchmark.ts';
import { labelTensor, perceptronModels, rowsOf, type PerceptronModels } from './perceptron-models.ts';
import { takeTurns, timesFaster, type Turns } from './take-turns.ts';

const BATCH = 32;
const SINGLE: Turns = { blocks: 20, calls: 200, warmUp: 2_000 };
const BATCHED: Turns = { blocks: 20, calls: 20, warmUp: 200 };
const TRAINING_ROWS = 256;
const STEPS: Turns = { blocks: 10, calls: 6, warmUp: 30 };
const config = { epochs: 1, batchSize: BATCH, learningRate: 0.01, seed: 1n, proximal: 0 } as const;

/** The perceptron as a SIMD component, as plain TypeScript, and in onnxruntime-web with one thread; all in this thread. */
export const benchCompute: Benchmark = async (tell) => {
  const models = await perceptronModels();
  const component = await componentEngine({ log: () => undefined }).open({
    format: 'component',
    artifact: models.component,
    weights: models.weights,
  });
  const onnx = await onnxWebEngine().open({ format: 'onnx', artifact: models.onnx });
  const inferring = async (rows: number, turns: Turns) => {
    const { features, values } = rowsOf(rows);
    const timings = await takeTurns(
      {
        component: () => component.run('infer', [features]),
        typescript: () => classify(models.layers, values),
        onnxWeb: () => onnx.run('infer', [features]),
      },
      turns,
    );
    return {
      ...timings,
      typescriptOverComponent: timesFaster(timings.component, timings.typescript),
      componentOverOnnxWeb: timesFaster(timings.onnxWeb, timings.component),
    };
  };
  const figures = {
    batch1: await inferring(1, SINGLE),
    batch32: await inferring(BATCH, BATCHED),
    training: await training(component, models),
  };
  for (const [name, figure] of Object.entries(figures)) tell(`${name}: ${JSON.stringify(figure)}`);
  await onnx.close();
  return figures;
};

/** Eight steps of 32 examples, the copy of the weights that a training begins with included on both sides. */
async function training({ training: guest }: Session, { weights, layers }: PerceptronModels) {
  if (guest === undefined) throw new Error('the perceptron has no training');
  const { values, features, labels } = rowsOf(TRAINING_ROWS);
  const examples = [features, labelTensor(labels)];
  const timings = await takeTurns(
    {
      component: async () => {
        await guest.begin(weights, examples, config);
        await guest.step(TRAINING_ROWS / BATCH);
      },
      typescript: () => trainPerceptron(layers, { features: values, labels }, config),
    },
    STEPS,
  );
  return { ...timings, typescriptOverComponent: timesFaster(timings.component, timings.typescript) };
}
