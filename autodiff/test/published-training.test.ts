import { describe, expect, it } from 'vitest';
import { dataName, TRAINING_NAMES } from '../src/emit/training-names.ts';
import type { EngineTensor, EngineTensors } from '../src/engine/engine.ts';
import { anyEngine, engines, portableEngine } from './engines.ts';
import { publishedFile } from './example-models.ts';
import {
  derive,
  floats,
  longs,
  numbers,
  perceptron,
  randomFloats,
  runOnce,
  startState,
  tensor,
  withModel,
} from './training.ts';

interface Published {
  readonly path: string;
  readonly input: string;
  readonly dims: readonly number[];
  readonly label: number;
  /** Bytes of pixels, as the model takes them. */
  readonly scale: number;
  readonly parameters: number;
}

const MODELS: readonly Published[] = [
  { path: 'mnist-8/model.onnx', input: 'Input3', dims: [2, 1, 28, 28], label: 3, scale: 128, parameters: 6 },
  {
    path: 'squeezenet-fp16/SqueezeNet_fp16.onnx',
    input: 'data_0',
    dims: [1, 3, 224, 224],
    label: 7,
    scale: 128,
    parameters: 52,
  },
];

/** Of processor time: others may use the machine too. */
const DERIVATION_TIME_MAX_MS = 2000;

describe('published models', () => {
  for (const { path, input, dims, label, scale, parameters } of MODELS) {
    const bytes = publishedFile(path);
    it.skipIf(bytes === undefined)(
      `${path}: gradients agree with differences along themselves and between engines`,
      async () => {
        const model = bytes ?? new Uint8Array();
        const batch = dims[0] ?? 1;
        // The engine's own start is not part of what a derivation takes.
        await derive(perceptron(), { engine: portableEngine });
        const begin = process.cpuUsage();
        const training = await derive(model, { batch, engine: portableEngine });
        const { user, system } = process.cpuUsage(begin);
        const tookMs = (user + system) / 1000;
        process.stderr.write(
          `${path}: derived in ${Math.round(tookMs)} ms of processor time, step graph ${training.stepGraph.length} bytes\n`,
        );
        expect(tookMs).toBeLessThan(DERIVATION_TIME_MAX_MS);
        expect(training.parameters).toHaveLength(parameters);
        expect(training.stepGraph.length).toBeLessThan(110_000);

        const noise = randomFloats(dims, 3);
        const feeds = {
          [dataName(input)]: floats(
            dims,
            (noise.data as Float32Array).map((value) => value * scale),
          ),
          [TRAINING_NAMES.labels]: longs(
            [batch],
            Array.from({ length: batch }, (_, row) => label + row),
          ),
          [TRAINING_NAMES.exampleWeights]: floats([batch], new Float32Array(batch).fill(1)),
        };
        const state = startState(model, training);
        const found: Map<string, Float64Array>[] = [];
        for (const [, engine] of engines) {
          const rate = floats([], [1]);
          const results = await runOnce(engine, training.stepGraph, {
            ...feeds,
            ...state,
            [TRAINING_NAMES.learningRate]: rate,
          });
          found.push(gradientsOf(training.stateSpec, state, results));
        }
        const [first] = found;
        for (const other of found.slice(1)) expect(relativeDistance(first, other)).toBeLessThan(1e-4);
        expect(await slopeError(training, feeds, state, first)).toBeLessThan(2e-2);
      },
      60_000,
    );
  }
});

type Training = Awaited<ReturnType<typeof derive>>;
type Gradients = ReadonlyMap<string, Float64Array> | undefined;

function gradientsOf(specs: Training['stateSpec'], before: EngineTensors, results: EngineTensors) {
  return new Map(
    specs.map(({ input, output }) => {
      const old = tensor(before, input).data as Float32Array;
      return [input, Float64Array.from(numbers(results, output), (value, index) => (old[index] ?? NaN) - value)];
    }),
  );
}

function squares(gradients: Gradients): number {
  let sum = 0;
  for (const values of gradients?.values() ?? []) for (const value of values) sum += value * value;
  return sum;
}

function relativeDistance(a: Gradients, b: Gradients): number {
  const apart = new Map<string, Float64Array>();
  for (const [name, values] of a ?? [])
    apart.set(
      name,
      values.map((value, index) => value - (b?.get(name)?.[index] ?? NaN)),
    );
  return Math.sqrt(squares(apart) / squares(a));
}

/** The loss's slope along the gradient, by differences, against the gradient's length; of several steps the best. */
async function slopeError(
  { evaluationGraph, stateSpec }: Training,
  feeds: EngineTensors,
  state: EngineTensors,
  gradients: Gradients,
): Promise<number> {
  const length = Math.sqrt(squares(gradients));
  const batch = numbers(feeds, TRAINING_NAMES.exampleWeights).length;
  return await withModel(anyEngine, evaluationGraph, async (evaluation) => {
    const lossAt = async (distance: number) => {
      const moved = Object.fromEntries(
        stateSpec.map(({ input }) => [input, shifted(tensor(state, input), gradients?.get(input), distance / length)]),
      );
      return (numbers(await evaluation.run({ ...feeds, ...moved }), TRAINING_NAMES.lossSum)[0] ?? NaN) / batch;
    };
    const errors: number[] = [];
    for (const relativeStep of [1e-2, 3e-3, 1e-3]) {
      const step = relativeStep / length;
      const slope = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
      errors.push(Math.abs(slope - length) / length);
    }
    return Math.min(...errors);
  });
}

function shifted({ dims, data }: EngineTensor, direction: Float64Array | undefined, factor: number): EngineTensor {
  return floats(
    dims,
    (data as Float32Array).map((value, index) => value + factor * (direction?.[index] ?? NaN)),
  );
}
