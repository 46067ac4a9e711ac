import {
  addressOf,
  ChunkAssembler,
  chunkFrames,
  decodeTensorFrame,
  encodeTensorFrame,
  float32Tensor,
  float32Values,
  inferRequestHead,
  limits,
  type ModelName,
  newStreamId,
  type NodeId,
  parseTopic,
  type ProjectId,
  SedgeError,
  type Tensor,
} from '@sedge/protocol';
import { nodeCrypto, seededRandomness, silentLog } from '@sedge/kit';
import { fakeClock } from '@sedge/kit/testing';
import { describe, expect, it } from 'vitest';
import { Gateway, type InferenceRequest } from '../../src/inference/gateway.ts';

const project = 'default' as ProjectId;
const digits = 'digits' as ModelName;
const functions = [
  {
    name: 'double',
    inputs: [{ name: 'x', dataType: 'FP32' as const, shape: [-1, 2] }],
    outputs: [{ name: 'y', dataType: 'FP32' as const, shape: [-1, 2] }],
  },
  { name: 'other', inputs: [], outputs: [] },
];

/** What a node does with a request; undefined lets it wait for ever. */
type Behaviour = (head: { function: string; version: number }, inputs: readonly Tensor[]) => Answered | undefined;
type Answered = { readonly head: unknown; readonly outputs: readonly Tensor[]; readonly raw?: Uint8Array };

const doubles: Behaviour = (_, [x]) => ({
  head: { ok: true, engine: 'test', queueMs: 0, computeMs: 1 },
  outputs:
    x === undefined
      ? []
      : [
          float32Tensor(
            'y',
            x.shape,
            float32Values(x).map((value) => 2 * value),
          ),
        ],
});
const refuses =
  (code: string): Behaviour =>
  () => ({ head: { ok: false, code, detail: `because of ${code}` }, outputs: [] });

function setUp(
  nodes: Readonly<Record<string, Behaviour>>,
  versions: readonly number[] = [1],
  shedding: readonly string[] = [],
) {
  const clock = fakeClock();
  const asked: string[] = [];
  const cancelled: string[] = [];
  const outcomes: string[] = [];
  const assembler = new ChunkAssembler(nodeCrypto);

  const gateway: Gateway = new Gateway({
    models: {
      resolve: (name, version = 1) => {
        if (name !== digits || !versions.includes(version)) throw new SedgeError('MODEL_NOT_FOUND', name);
        return { ref: { name, version }, manifest: { format: 'onnx', functions } };
      },
    },
    fleet: {
      readyNodes: () => Object.keys(nodes) as NodeId[],
      isShedding: (node) => shedding.includes(node),
      readyVersions: () => [...versions].reverse(),
    },
    bus: {
      publish: (topic, payload) => {
        const parsed = parseTopic(topic);
        if (parsed?.channel === 'inferCancel') cancelled.push(parsed.node);
        else if (parsed !== undefined)
          deliver(parsed.node, parsed.parameters['requestId'] ?? '', payload as Uint8Array);
        return Promise.resolve();
      },
    },
    project,
    crypto: nodeCrypto,
    randomness: seededRandomness('gateway'),
    clock,
    observer: {
      placed: () => undefined,
      inflight: () => undefined,
      finished: (outcome) => outcomes.push(outcome),
    },
    log: silentLog,
  });

  function deliver(node: NodeId, requestId: string, frame: Uint8Array): void {
    const { bytes } = assembler.accept(frame);
    if (bytes === undefined) return;
    asked.push(node);
    const { head, tensors } = decodeTensorFrame(bytes, inferRequestHead);
    const answered = nodes[node]?.(head, tensors);
    if (answered === undefined) return;
    const answer = answered.raw ?? encodeTensorFrame(answered.head, answered.outputs);
    const stream = { stream: newStreamId(nodeCrypto), encoding: 'tensorFrame' as const, bytes: answer };
    for (const part of chunkFrames(nodeCrypto, stream)) {
      gateway.onResponse({ from: addressOf(nodeCrypto, project, node), parameters: { requestId }, body: part });
    }
  }

  const infer = (request: Partial<InferenceRequest> = {}) =>
    gateway.infer({
      model: digits,
      inputs: [float32Tensor('x', [1, 2], [1, 2])],
      signal: new AbortController().signal,
      ...request,
    });
  return { gateway, clock, asked, cancelled, outcomes, infer };
}

const codeOf = (error: unknown): string => (error as SedgeError).code;

describe('Gateway', () => {
  it('asks a node and gives its answer', async () => {
    const { infer, outcomes } = setUp({ a: doubles });
    const { outputs, node, model, engine } = await infer();
    expect(outputs.map(float32Values)).toEqual([Float32Array.of(2, 4)]);
    expect({ node, model, engine }).toEqual({ node: 'a', model: { name: 'digits', version: 1 }, engine: 'test' });
    expect(outcomes).toEqual(['ok']);
  });

  it('carries tensors of more than one frame both ways', async () => {
    const { infer } = setUp({ a: doubles });
    const values = seededRandomness('large').bytes(200_000);
    const { outputs } = await infer({ inputs: [float32Tensor('x', [100_000, 2], values)] });
    expect(outputs.map(({ data }) => data.byteLength)).toEqual([800_000]);
    expect(outputs[0] && float32Values(outputs[0]).at(-1)).toBe(2 * (values.at(-1) ?? 0));
  });

  it('asks the newest ready version and the first function if none are named', async () => {
    const heads: unknown[] = [];
    const { infer } = setUp({ a: (head, inputs) => (heads.push(head), doubles(head, inputs)) }, [1, 2, 3]);
    await infer();
    await infer({ version: 2 });
    expect(heads).toMatchObject([
      { version: 3, function: 'double' },
      { version: 2, function: 'double' },
    ]);
  });

  it('loses no request of any version to a switch, even on the only node', async () => {
    const versions = [1];
    // The node has switched already, and the coordinator hears of it with the refusal.
    const switched: Behaviour = (head, inputs) => {
      if (head.version === 2) return doubles(head, inputs);
      versions.push(2);
      return refuses('MODEL_NOT_LOADED')(head, inputs);
    };
    const { infer } = setUp({ a: switched }, versions);
    expect(await infer()).toMatchObject({ node: 'a', model: { version: 2 } });
    await expect(infer({ version: 1 })).rejects.toMatchObject({ code: 'MODEL_NOT_LOADED' });
  });

  it('asks nodes that shed load only when there is no other', async () => {
    const { infer, asked } = setUp({ hot: refuses('NODE_SHEDDING'), cool: doubles }, [1], ['hot']);
    for (let request = 0; request < 4; request++) expect((await infer()).node).toBe('cool');
    expect(asked).not.toContain('hot');
    const alone = setUp({ hot: refuses('NODE_SHEDDING') }, [1], ['hot']);
    await expect(alone.infer()).rejects.toMatchObject({ code: 'NODE_SHEDDING' });
  });

  it('names the functions that there are when it is asked for another', async () => {
    await expect(setUp({ a: doubles }).infer({ function: 'triple' })).rejects.toMatchObject({
      code: 'FUNCTION_NOT_FOUND',
      detail: 'digits@1 has no function triple; it has: double, other',
    });
  });

  it('carries the name of the function to the node', async () => {
    const heads: unknown[] = [];
    const { infer } = setUp({ a: (head, inputs) => (heads.push(head), doubles(head, inputs)) });
    await infer({ function: 'other', inputs: [] });
    expect(heads).toMatchObject([{ function: 'other' }]);
  });

  it('spreads over nodes', async () => {
    const { infer, asked } = setUp({ a: doubles, b: doubles, c: doubles });
    for (let request = 0; request < 9; request++) await infer();
    expect(asked.sort().join('')).toBe('aaabbbccc');
  });

  it.each([
    'NODE_LOST',
    'MODEL_NOT_LOADED',
    'MODEL_QUARANTINED',
    'NODE_SHEDDING',
    'OVERLOADED',
    'QUEUE_FULL',
    'STOPPING',
  ])('asks one other node when the first says %s', async (code) => {
    const { infer, asked } = setUp({ a: refuses(code), b: doubles });
    expect((await infer()).node).toBe('b');
    expect(asked).toEqual(['a', 'b']);
  });

  it('asks a second node once only', async () => {
    const { infer, asked } = setUp({ a: refuses('OVERLOADED'), b: refuses('OVERLOADED'), c: refuses('OVERLOADED') });
    await expect(infer()).rejects.toSatisfy((error) => codeOf(error) === 'OVERLOADED');
    expect(asked).toHaveLength(2);
  });

  it('does not repeat what failed in the model', async () => {
    const { infer, asked, outcomes } = setUp({ a: refuses('MODEL_FAILED'), b: doubles });
    await expect(infer()).rejects.toMatchObject({ code: 'MODEL_FAILED', detail: 'because of MODEL_FAILED' });
    expect(asked).toEqual(['a']);
    expect(outcomes).toEqual(['MODEL_FAILED']);
  });

  it('asks another node when the first is lost, within the one deadline', async () => {
    const { gateway, infer, asked, clock } = setUp({ a: () => undefined, b: () => undefined });
    const answer = infer({ timeoutMs: 1_000 }).catch(codeOf);
    await clock.advance(600);
    gateway.onOffline('a' as NodeId);
    await clock.advance(399);
    expect(asked).toEqual(['a', 'b']);
    await clock.advance(1);
    expect(await answer).toBe('INFERENCE_TIMEOUT');
  });

  it('tells the node when the deadline passed or the caller left', async () => {
    const { infer, cancelled, clock, gateway } = setUp({ a: () => undefined });
    const late = infer({ timeoutMs: 10 }).catch(codeOf);
    await clock.advance(10);
    const caller = new AbortController();
    const left = infer({ signal: caller.signal }).catch(codeOf);
    caller.abort();
    expect(await Promise.all([late, left])).toEqual(['INFERENCE_TIMEOUT', 'BAD_REQUEST']);
    expect(cancelled).toEqual(['a', 'a']);
    gateway.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('prefers the node that answers sooner', async () => {
    const { infer, asked, clock } = setUp({ slow: () => undefined, fast: doubles });
    const first = infer({ timeoutMs: 500 }).catch(codeOf);
    await clock.advance(500);
    expect(await first).toBe('INFERENCE_TIMEOUT');
    asked.length = 0;
    for (let request = 0; request < 10; request++) await infer();
    expect(asked).toEqual(Array.from({ length: 10 }, () => 'fast'));
  });

  it.each([
    ['an unknown model', { model: 'nobody' as ModelName }, 'MODEL_NOT_FOUND'],
    ['an unknown version', { version: 9 }, 'MODEL_NOT_FOUND'],
    ['an unknown function', { function: 'triple' }, 'FUNCTION_NOT_FOUND'],
    ['a missing input', { inputs: [] }, 'TENSOR_MISMATCH'],
    ['another shape', { inputs: [float32Tensor('x', [2], [1, 2])] }, 'TENSOR_MISMATCH'],
    [
      'an unknown input',
      { inputs: [float32Tensor('x', [1, 2], [1, 2]), float32Tensor('z', [1], [1])] },
      'TENSOR_MISMATCH',
    ],
    [
      'an input twice',
      { inputs: [float32Tensor('x', [1, 2], [1, 2]), float32Tensor('x', [1, 2], [1, 2])] },
      'TENSOR_MISMATCH',
    ],
  ])('refuses %s before a node is asked', async (_, request, code) => {
    const { infer, asked } = setUp({ a: doubles });
    await expect(infer(request)).rejects.toMatchObject({ code });
    expect(asked).toEqual([]);
  });

  it('says that no node is ready', async () => {
    await expect(setUp({}).infer()).rejects.toMatchObject({ code: 'NO_NODE_READY' });
  });

  it('refuses when every node has as much as it may', async () => {
    const { infer, gateway } = setUp({ a: () => undefined });
    const open = Array.from({ length: limits.inflightPerNodeMax }, () => infer().catch(codeOf));
    await expect(infer()).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    gateway.stop();
    expect(new Set(await Promise.all(open))).toEqual(new Set(['STOPPING']));
  });

  it.each([
    ['no tensor frame', { head: {}, outputs: [], raw: Uint8Array.of(1, 2, 3) }],
    ['another head', { head: { yes: true }, outputs: [] }],
  ])('blames the node for an answer that is %s', async (_, answered) => {
    await expect(setUp({ a: () => answered }).infer()).rejects.toMatchObject({ code: 'MODEL_FAILED' });
  });

  it('does not let a node make up error codes', async () => {
    await expect(setUp({ a: refuses('EVIL') }).infer()).rejects.toMatchObject({ code: 'MODEL_FAILED' });
  });
});
