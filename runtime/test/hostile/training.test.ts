import { encodeModel, GraphBuilder, modelOf } from '@sedge/autodiff';
import { type Randomness, seededRandomness, silentLog, systemClock } from '@sedge/kit';
import { asSedgeError, float32Tensor, isErrorCode, type Tensor } from '@sedge/protocol';
import { afterAll, describe, expect, it } from 'vitest';
import type { ModelFiles, TrainingConfig, TrainingOutcome } from '../../src/engine.ts';
import { startProcessHost } from '../../src/host/process-host.ts';
import { onnxEngines } from '../engines/onnx-engines.ts';
import { nested, reluOfSum, plainTensor, smallNetwork } from '../onnx-check/crafted-onnx.ts';
import { seededValues } from '../mlp.ts';

/** On each engine. */
const MUTATIONS = 120;
const TIMEOUT_MS = 5_000;
const MEMORY_BYTES_MAX = 512 * 1024 * 1024;

const weights = [
  float32Tensor(
    'filters',
    [2, 1, 3, 3],
    Array.from({ length: 18 }, (_, at) => at / 18),
  ),
];
const examples = exampleImages(4);
const config: TrainingConfig = {
  epochs: 1,
  batchSize: 2,
  learningRate: 0.01,
  seed: 1n,
  proximal: 0,
  loss: 'softmax-cross-entropy',
};

describe.each(onnxEngines)('training of hostile files on $name, in a child process', ({ name: engine }) => {
  const kind = engine === 'onnx-node' ? 'native' : 'portable';
  const host = startProcessHost({ clock: systemClock, log: silentLog, kind, memoryBytesMax: MEMORY_BYTES_MAX });
  afterAll(() => host.stop());

  const filesOf = (artifact: Uint8Array): ModelFiles => ({ format: 'onnx', artifact, engine });
  const train = (artifact: Uint8Array, data = examples, start = weights): Promise<TrainingOutcome> =>
    host.train({ files: filesOf(artifact), weights: start, examples: data, config }, { timeoutMs: TIMEOUT_MS });

  it(`refuses, trains or looks into ${MUTATIONS} mutations, and trains as before afterwards`, async () => {
    const before = await train(smallNetwork());
    const random = seededRandomness(`mutations of a file to train ${engine}`);
    const codes = new Set<string>();
    for (let mutation = 0; mutation < MUTATIONS; mutation++) {
      const artifact = mutated(smallNetwork(), random);
      const isInspected = mutation % 3 === 0;
      const code = await codeOf(isInspected ? host.inspect(filesOf(artifact)) : train(artifact));
      expect(code === 'done' || (isErrorCode(code) && code !== 'INTERNAL'), `${mutation}: ${code}`).toBe(true);
      codes.add(code);
    }
    expect([...codes]).toEqual(expect.arrayContaining(['done', 'ONNX_MALFORMED']));
    expect(await train(smallNetwork())).toEqual(before);
  }, 120_000);

  it.each<[string, () => Uint8Array, string, string]>([
    [
      'weights that are no numbers',
      () => sumWith({ rawData: bytes(Float32Array.of(NaN)) }),
      'MODEL_NOT_TRAINABLE',
      'tensor',
    ],
    ['a graph in a circle', circle, 'ONNX_MALFORMED', 'a'],
    ['weights inside of a branch', () => encodeModel(nested(reluOfSum(plainTensor()))), 'MODEL_NOT_TRAINABLE', 'If_0'],
    ['whole numbers alone', integers, 'MODEL_NOT_TRAINABLE', 'floating-point'],
  ])('refuses %s, and says where', async (_what, model, code, detail) => {
    const data = [float32Tensor('x', [1], [1]), labelTensor([0])];
    const refused = train(model(), data, [float32Tensor('tensor', [1], [1])]);
    await expect(refused).rejects.toMatchObject({ detail: expect.stringContaining(detail), code });
  });
});

function exampleImages(rows: number): Tensor[] {
  return [
    float32Tensor('x', [rows, 1, 6, 6], seededValues(5, rows * 36)),
    labelTensor(Array.from({ length: rows }, () => 0)),
  ];
}

function labelTensor(labels: readonly number[]): Tensor {
  return { name: 'labels', dataType: 'INT32', shape: [labels.length], data: bytes(Int32Array.from(labels)) };
}

function bytes({ buffer }: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>): Uint8Array {
  return new Uint8Array(buffer);
}

function sumWith(tensor: Parameters<typeof plainTensor>[0]): Uint8Array {
  return encodeModel(modelOf(reluOfSum(plainTensor(tensor))));
}

/** a = b + x, b = a + x. */
function circle(): Uint8Array {
  const graph = reluOfSum(plainTensor());
  const [sum, relu] = graph.nodes;
  if (sum === undefined || relu === undefined) throw new Error('the graph has two nodes');
  const nodes = [
    { ...sum, inputs: ['b', 'tensor'], outputs: ['a'] },
    { ...sum, name: 'other', inputs: ['a', 'x'], outputs: ['b'] },
    { ...relu, inputs: ['a'] },
  ];
  return encodeModel(modelOf({ ...graph, nodes }));
}

function integers(): Uint8Array {
  const graph = new GraphBuilder('integers');
  const weight = graph.initializer('tensor', [1], BigInt64Array.of(1n));
  graph.output(graph.node('Add', [graph.input('x', 'INT64', ['batch']), weight]), 'INT64', ['batch']);
  return encodeModel(modelOf(graph.build()));
}

function mutated(file: Uint8Array, random: Randomness): Uint8Array {
  const copy = file.slice();
  const at = random.integer(copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << random.integer(8));
  return copy;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: unknown) => asSedgeError(error).code,
  );
}
