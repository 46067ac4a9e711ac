import { DATA_TYPE, decodeTensor, float32Values as onnxFloats } from '@sedge/autodiff';
import { silentLog, systemClock } from '@sedge/kit';
import { float32Tensor, type Tensor } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import type { Session } from '../../src/engine.ts';
import { startProcessHost } from '../../src/host/process-host.ts';
import { largestDifference, valuesOf } from '../mlp.ts';
import { hasPhotographs, labelledPngs, PHOTOGRAPHS_REASON, readPhotograph, squeezeNetInput } from '../photographs.ts';
import { decodePng } from '../png.ts';
import { hasSharedModels, readShared, SHARED_MODELS_REASON } from '../shared-models.ts';
import { onnxEngines } from './onnx-engines.ts';

const MNIST = 'mnist-8/model.onnx';
const SQUEEZENET = 'squeezenet-fp16/SqueezeNet_fp16.onnx';
const TEST_SETS = [0, 1, 2];
/** Float32 in another order. */
const MNIST_DIFFERENCE_MAX = 5e-6;
const FISH_DIFFERENCE_MAX = 1e-4;

const why = hasSharedModels ? 'found' : SHARED_MODELS_REASON;

describe.skipIf(!hasSharedModels).each(onnxEngines)(`published outputs (${why}) on $name`, ({ name, make }) => {
  const open = async (path: string): Promise<Session> =>
    make().open({ format: 'onnx', artifact: await readShared(path) });

  it('of MNIST-8, three test sets', async () => {
    const session = await open(MNIST);
    for (const set of TEST_SETS) {
      const difference = await mnistDifference(set, (inputs) => session.run('infer', inputs));
      expect(difference).toBeLessThanOrEqual(MNIST_DIFFERENCE_MAX);
    }
    await session.close();
  });

  it('of SqueezeNet in float16, for the published photograph', async () => {
    const session = await open(SQUEEZENET);
    const difference = await fishDifference((inputs) => session.run('infer', inputs));
    expect(difference).toBeLessThanOrEqual(FISH_DIFFERENCE_MAX);
    await session.close();
  });

  it('of both, in a child process', async () => {
    const kind = name === 'onnx-node' ? 'native' : 'portable';
    const host = startProcessHost({ clock: systemClock, log: silentLog, kind });
    await host.start();
    try {
      const options = { timeoutMs: 30_000 };
      await host.open('mnist', { format: 'onnx', artifact: await readShared(MNIST), engine: name });
      const { engine } = await host.open('fish', {
        format: 'onnx',
        artifact: await readShared(SQUEEZENET),
        engine: name,
      });
      expect(engine).toBe(name);
      const mnist = await mnistDifference(0, (inputs) => host.run('mnist', 'infer', inputs, options));
      expect(mnist).toBeLessThanOrEqual(MNIST_DIFFERENCE_MAX);
      const fish = await fishDifference((inputs) => host.run('fish', 'infer', inputs, options));
      expect(fish).toBeLessThanOrEqual(FISH_DIFFERENCE_MAX);
    } finally {
      await host.stop();
    }
  });
});

const canName = hasSharedModels && hasPhotographs;
/** The native engine where there is one; on the portable one the same photographs take three times as long. */
const [engineForPhotographs] = onnxEngines.slice(-1);

describe.skipIf(!canName)(`photographs (${canName ? 'found' : PHOTOGRAPHS_REASON})`, () => {
  it('are named by SqueezeNet as labels.csv names them, all but the portrait', async () => {
    const artifact = await readShared(SQUEEZENET);
    const session = await engineForPhotographs?.make().open({ format: 'onnx', artifact });
    const unnamed: string[] = [];
    for (const { file, classes } of labelledPngs()) {
      const [scores] = (await session?.run('infer', [squeezeNetInput(readPhotograph(file))])) ?? [];
      const values = halfValues(scores);
      if (!classes.includes(values.indexOf(Math.max(...values)))) unnamed.push(file);
    }
    await session?.close();
    // Seven are PNG files. The class that the list gives for this one is the uniform of the person in it.
    expect(unnamed).toEqual(['grace_hopper.png']);
  });
});

type Run = (inputs: readonly Tensor[]) => Promise<Tensor[]>;

/** Of the scores, by the largest of those that were published. */
async function mnistDifference(set: number, run: Run): Promise<number> {
  const input = decodeTensor(await readShared(`mnist-8/test_data_set_${set}/input_0.pb`));
  const expected = onnxFloats(decodeTensor(await readShared(`mnist-8/test_data_set_${set}/output_0.pb`)));
  const [scores] = await run([float32Tensor('Input3', [1, 1, 28, 28], onnxFloats(input))]);
  const largest = expected.reduce((sofar, value) => Math.max(sofar, Math.abs(value)), 0);
  return largestDifference(valuesOf(scores), expected) / largest;
}

async function fishDifference(run: Run): Promise<number> {
  const pixels = decodePng(await readShared('squeezenet-fp16/fish.png'));
  const [probabilities] = await run([squeezeNetInput(pixels)]);
  const text = Buffer.from(await readShared('squeezenet-fp16/expected_fish_cpu.csv')).toString('utf8');
  return largestDifference(halfValues(probabilities), publishedProbabilities(text));
}

function halfValues(tensor: Tensor | undefined): Float32Array {
  expect(tensor?.dataType).toBe('FP16');
  const rawData = tensor?.data ?? new Uint8Array(0);
  const dims = [rawData.byteLength / 2];
  return onnxFloats({ dims, dataType: DATA_TYPE.FLOAT16, rawData, stringData: [], externalData: [] });
}

/** Lines of "index,value" under a heading. */
function publishedProbabilities(text: string): number[] {
  const lines = text.trim().split(/\r?\n/).slice(1);
  return lines.map((line) => Number(line.split(',')[1]));
}
