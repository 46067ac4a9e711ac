import { encodeModel, graphAttribute, GraphBuilder, modelOf, type OnnxGraph } from '@sedge/autodiff';
import { type Randomness, seededRandomness, silentLog, systemClock } from '@sedge/kit';
import { float32Tensor, float32Values, isErrorCode, type Tensor } from '@sedge/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelHost } from '../../src/host/model-host.ts';
import { startProcessHost } from '../../src/host/process-host.ts';
import { onnxEngines } from '../engines/onnx-engines.ts';
import { modelWith, plainTensor, smallNetwork } from '../onnx-check/crafted-onnx.ts';
import { failure, failureWithin } from './failure-within.ts';
import { privateBytesPeak } from './private-bytes.ts';

const MUTATIONS = 200;
const TRUNCATIONS = 60;
const MEMORY_BYTES_MAX = 512 * 1024 * 1024;
/** The cap of memory may be exceeded by so great a share. */
const MEMORY_EXCESS = 1.1;
/** Time for a loaded machine. */
const TIMEOUT_MS = 2_000;
const ENDLESS_MS = 300;

const input = float32Tensor(
  'x',
  [1, 1, 6, 6],
  Array.from({ length: 36 }, (_, at) => at / 36),
);

describe.each(onnxEngines)('hostile files at $name, in a child process', ({ name: engine }) => {
  let host: ModelHost;
  beforeAll(() => {
    const kind = engine === 'onnx-node' ? 'native' : 'portable';
    host = startProcessHost({ clock: systemClock, log: silentLog, kind, memoryBytesMax: MEMORY_BYTES_MAX });
    return host.start();
  });
  afterAll(() => host.stop());

  /** `ran`, or the code with which it was refused or stopped. */
  async function outcome(artifact: Uint8Array, inputs: readonly Tensor[] = [input]): Promise<string> {
    const open = () => host.open('hostile', { format: 'onnx', artifact, engine });
    const run = () => host.run('hostile', 'infer', inputs, { timeoutMs: TIMEOUT_MS });
    return (await failure(open)) ?? (await failureWithin(TIMEOUT_MS, run)) ?? 'ran';
  }

  async function answerOfHost(): Promise<Float32Array> {
    await host.open('whole', { format: 'onnx', artifact: smallNetwork(), engine });
    const [answer] = await host.run('whole', 'infer', [input], { timeoutMs: 30_000 });
    return float32Values(answer ?? float32Tensor('none', [0], []));
  }

  it(`refuses ${TRUNCATIONS} truncations, spread over the file`, async () => {
    const whole = smallNetwork();
    for (let cut = 0; cut < TRUNCATIONS; cut++) {
      const length = Math.floor((cut * whole.length) / TRUNCATIONS);
      expect(await outcome(whole.subarray(0, length)), `${length} bytes`).toBe('ONNX_MALFORMED');
    }
  });

  it(`refuses or runs ${MUTATIONS} mutations, and answers as before afterwards`, async () => {
    const before = await answerOfHost();
    const random = seededRandomness('mutations of an ONNX file');
    const counts: Record<string, number> = {};
    for (let mutation = 0; mutation < MUTATIONS; mutation++) {
      const code = await outcome(mutated(smallNetwork(), random, mutation % 2 === 0));
      expect(code === 'ran' || isErrorCode(code), code).toBe(true);
      expect(code, `mutation ${mutation}`).not.toBe('INTERNAL');
      counts[code] = (counts[code] ?? 0) + 1;
    }
    expect(Object.keys(counts)).toEqual(expect.arrayContaining(['ran', 'ONNX_MALFORMED']));
    expect(await answerOfHost()).toEqual(before);
  }, 60_000);

  it.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(0), 'ONNX_MALFORMED'],
    ['a text file', new TextEncoder().encode('This is no model.\n'.repeat(50)), 'ONNX_MALFORMED'],
    ['a file of data elsewhere', modelWith(plainTensor({ dataLocation: 1 })), 'ONNX_EXTERNAL_DATA'],
    ['a claim of two gigabytes', modelWith(plainTensor({ dims: [2 ** 31] })), 'ONNX_LIMIT_EXCEEDED'],
    ['an unknown operator', oneNode('Frobnicate'), 'ONNX_OPERATOR_UNKNOWN'],
    ['an unknown domain', oneNode('Relu', 'evil.corp'), 'ONNX_OPERATOR_UNKNOWN'],
  ])('refuses %s', async (_, artifact, code) => {
    expect(await outcome(artifact)).toBe(code);
  });

  it.each<[string, (graph: GraphBuilder, shape: string) => string]>([
    ['ConstantOfShape', (graph, shape) => graph.node('ConstantOfShape', [shape])],
    ['Expand', (graph, shape) => graph.node('Expand', [graph.initializer('one', [1], Float32Array.of(1)), shape])],
    ['Tile', (graph, shape) => graph.node('Tile', [graph.initializer('one', [1, 1], Float32Array.of(1)), shape])],
  ])('stops a shape bomb made with %s, of terabytes and of little more than its memory', async (_, explode) => {
    const graph = new GraphBuilder('bomb');
    const shape = graph.input('shape', 'INT64', [2]);
    graph.output(graph.node('ReduceSum', [explode(graph, shape)], { outputs: ['y'] }), 'FLOAT', [1, 1]);
    const artifact = encodeModel(modelOf(graph.build()));
    for (const columns of [1_048_576n, 160n]) {
      const sizes = BigInt64Array.of(1_048_576n, columns);
      const bomb: Tensor = { name: 'shape', dataType: 'INT64', shape: [2], data: new Uint8Array(sizes.buffer) };
      const peak = await privateBytesPeak(async () => {
        expect(await outcome(artifact, [bomb]), `${columns} columns`).toBe('MODEL_OUT_OF_MEMORY');
      });
      expect(peak).toBeGreaterThan(0);
      expect(peak).toBeLessThanOrEqual(MEMORY_BYTES_MAX * MEMORY_EXCESS);
    }
  });

  it('ends a graph that never ends at its deadline, and answers as before afterwards', async () => {
    const before = await answerOfHost();
    await host.open('endless', { format: 'onnx', artifact: endlessModel(), engine });
    const rounds: Tensor = { name: 'rounds', dataType: 'INT64', shape: [1], data: words(2n ** 62n) };
    const run = () => host.run('endless', 'infer', [rounds], { timeoutMs: ENDLESS_MS });
    expect(await failureWithin(ENDLESS_MS, run)).toBe('MODEL_TIMEOUT');
    expect(await answerOfHost()).toEqual(before);
  }, 30_000);
});

/** One bit turned, which often passes the first checks, or a few bytes replaced. */
function mutated(file: Uint8Array, random: Randomness, isGentle: boolean): Uint8Array {
  const copy = file.slice();
  const place = (): number => random.integer(copy.length);
  if (isGentle) {
    const at = place();
    copy[at] = (copy[at] ?? 0) ^ (1 << random.integer(8));
  } else for (let change = random.integer(4); change >= 0; change--) copy[place()] = random.integer(256);
  return copy;
}

/** Adds one as often as it is told. */
function endlessModel(): Uint8Array {
  const graph = new GraphBuilder('endless');
  const rounds = graph.input('rounds', 'INT64', [1]);
  const zero = graph.initializer('zero', [], Float32Array.of(0));
  graph.nodes('Loop', [rounds, '', zero], { attributes: { body: graphAttribute(addOne()) }, outputs: ['sum'] });
  graph.output('sum', 'FLOAT', []);
  return encodeModel(modelOf(graph.build()));
}

function addOne(): OnnxGraph {
  const body = new GraphBuilder('body');
  body.input('round', 'INT64', []);
  const goesOn = body.input('goes_on', 'BOOL', []);
  const before = body.input('before', 'FLOAT', []);
  body.output(body.node('Identity', [goesOn]), 'BOOL', []);
  body.output(body.node('Add', [before, body.initializer('one', [], Float32Array.of(1))]), 'FLOAT', []);
  return body.build();
}

function words(value: bigint): Uint8Array {
  return new Uint8Array(BigInt64Array.of(value).buffer);
}

function oneNode(opType: string, domain = ''): Uint8Array {
  const graph = new GraphBuilder('one node');
  graph.output(graph.node(opType, [graph.input('x', 'FLOAT', [1])], { outputs: ['y'], domain }), 'FLOAT', [1]);
  return encodeModel(modelOf(graph.build()));
}
