import { nodeCrypto, silentLog } from '@sedge/kit';
import { fakeClock } from '@sedge/kit/testing';
import {
  chunkFrames,
  encodeTensorFrame,
  float32Tensor,
  limits,
  SedgeError,
  type EngineChoice,
  type InferResponseHead,
  type ModelName,
  type Tensor,
  type TrustedModel,
} from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { InferenceServer } from '../../src/inference/inference-server.ts';
import { ModelPool } from '../../src/models/model-pool.ts';

const HEX = 'a'.repeat(64);
const trusted = {
  publisher: 'lab',
  manifest: { name: 'm', version: 1, format: 'component', artifact: { digest: `sha256:${HEX}` } },
} as unknown as TrustedModel;
const choice: EngineChoice = { engine: 'component', provider: 'wasm', reason: 'only', probes: [] };
const files = { format: 'component', artifact: new Uint8Array() } as const;
const input = float32Tensor('x', [1], [1]);

/** A host that answers when it is told to, and a server in front of it. */
async function serverOf(requestsMax?: number, admit: () => void = () => undefined) {
  const clock = fakeClock();
  const waiting: { timeoutMs: number; answer: () => void }[] = [];
  const answers: { requestId: string; head: InferResponseHead }[] = [];
  const host = {
    open: async () => ({ engine: 'component' as const, provider: 'wasm', functions: [], trainable: false }),
    close: async () => undefined,
    run: (
      _id: string,
      _name: string,
      inputs: readonly Tensor[],
      { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
    ) =>
      new Promise<Tensor[]>((resolve, reject) => {
        waiting.push({ timeoutMs, answer: () => resolve([...inputs]) });
        signal?.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  };
  const pool = new ModelPool({ hosts: host, clock });
  const model = await pool.acquire(trusted, choice, files);
  const server = new InferenceServer({
    crypto: nodeCrypto,
    log: silentLog,
    admit,
    readyModel: ({ name }) => (name === 'm' ? model : undefined),
    answer: async (requestId, head) => void answers.push({ requestId, head }),
    ...(requestsMax !== undefined && { requestsMax }),
  });
  const ask = async (requestId: string, timeoutMs = 1_000, tensors: readonly Tensor[] = [input]): Promise<void> => {
    const bytes = encodeTensorFrame({ model: 'm' as ModelName, version: 1, function: 'f', timeoutMs }, tensors);
    const stream = Buffer.from(nodeCrypto.randomBytes(16)).toString('hex');
    const frames = [...chunkFrames(nodeCrypto, { stream, encoding: 'tensorFrame', bytes })];
    // Out of order, as QoS 1 may repeat and a broker may not keep the order.
    for (const frame of frames.reverse()) void server.frame(requestId, frame);
    await clock.settle();
  };
  return { clock, waiting, answers, server, ask };
}

const codeOf = ({ head }: { head: InferResponseHead }): string => (head.ok ? 'ok' : head.code);

describe('serving', () => {
  it('tells waiting and computing apart, and does not let a hurry kill the host', async () => {
    const { clock, waiting, answers, ask } = await serverOf();
    await ask('one');
    await clock.advance(100);
    await ask('two');
    await clock.advance(200);
    waiting[0]?.answer();
    await clock.advance(50);
    waiting[1]?.answer();
    await clock.settle();
    expect(answers).toEqual([
      { requestId: 'one', head: { ok: true, engine: 'component', queueMs: 0, computeMs: 300 } },
      { requestId: 'two', head: { ok: true, engine: 'component', queueMs: 200, computeMs: 50 } },
    ]);
    expect(waiting.map(({ timeoutMs }) => timeoutMs)).toEqual([limits.inferTimeoutMs, limits.inferTimeoutMs]);
  });

  it('answers with INFERENCE_TIMEOUT at the deadline, in the queue or in the model', async () => {
    const { clock, waiting, answers, ask } = await serverOf();
    await ask('long', 500);
    await ask('short', 100);
    await clock.advance(500);
    expect(answers.map((one) => [one.requestId, codeOf(one)])).toEqual([
      ['long', 'INFERENCE_TIMEOUT'],
      ['short', 'INFERENCE_TIMEOUT'],
    ]);
    expect(waiting).toHaveLength(1);
  });

  it('drops what was cancelled before it began, and does not answer it', async () => {
    const { clock, waiting, answers, server, ask } = await serverOf();
    await ask('one');
    await ask('two');
    server.cancel('two');
    waiting[0]?.answer();
    await clock.settle();
    expect(waiting).toHaveLength(1);
    expect(answers.map(({ requestId }) => requestId)).toEqual(['one']);
    expect(server.underWay).toBe(0);
  });

  it('refuses with QUEUE_FULL, and with STOPPING once it stops', async () => {
    const { clock, waiting, answers, server, ask } = await serverOf(1);
    await ask('one');
    await ask('two');
    expect(answers.map(codeOf)).toEqual(['QUEUE_FULL']);
    const stopped = server.stop(clock, 1_000);
    await ask('three');
    waiting[0]?.answer();
    await stopped;
    expect(answers.map(codeOf)).toEqual(['QUEUE_FULL', 'STOPPING', 'ok']);
  });

  it('refuses with NODE_SHEDDING while no work is taken, and ends what is under way', async () => {
    let isHot = false;
    const { clock, waiting, answers, ask } = await serverOf(undefined, () => {
      if (isHot) throw new SedgeError('NODE_SHEDDING', 'reason: hot', { expose: true });
    });
    await ask('before');
    isHot = true;
    await ask('meanwhile');
    waiting[0]?.answer();
    await clock.settle();
    isHot = false;
    await ask('after');
    expect(answers.map((one) => [one.requestId, codeOf(one)])).toEqual([
      ['meanwhile', 'NODE_SHEDDING'],
      ['before', 'ok'],
    ]);
    expect(waiting).toHaveLength(2);
  });

  it('puts a request of several frames together, in any order', async () => {
    const { clock, waiting, answers, ask } = await serverOf();
    await ask('long', 1_000, [float32Tensor('x', [200_000], new Float32Array(200_000))]);
    waiting[0]?.answer();
    await clock.settle();
    expect(answers.map(codeOf)).toEqual(['ok']);
  });

  it('answers a frame that is cut off, altered or of another kind', async () => {
    const { answers, server } = await serverOf();
    const bytes = encodeTensorFrame({ model: 'm', version: 1, function: 'f', timeoutMs: 1 }, [input]);
    const stream = '0'.repeat(32);
    const [frame = new Uint8Array()] = chunkFrames(nodeCrypto, { stream, encoding: 'tensorFrame', bytes });
    const [plain = new Uint8Array()] = chunkFrames(nodeCrypto, { stream: '1'.repeat(32), encoding: 'bytes', bytes });
    const altered = frame.slice();
    altered[90] = (altered[90] ?? 0) ^ 1;
    const [noHead = new Uint8Array()] = chunkFrames(nodeCrypto, {
      stream: '2'.repeat(32),
      encoding: 'tensorFrame',
      bytes: encodeTensorFrame({ model: 'No Name' }, []),
    });
    for (const bad of [frame.subarray(0, 50), frame.subarray(0, 100), altered, plain, noHead])
      await server.frame('r', bad);
    expect(answers.map(codeOf)).toEqual([
      'FRAME_MALFORMED',
      'FRAME_MALFORMED',
      'DIGEST_MISMATCH',
      'FRAME_MALFORMED',
      'FRAME_MALFORMED',
    ]);
  });
});

describe('the pool of models', () => {
  it('opens the same content once and closes it with its last user', async () => {
    const calls: string[] = [];
    const id = `component ${HEX} of lab in component/wasm`;
    const host = {
      open: async (opened: string) => {
        calls.push(`open ${opened}`);
        return { engine: 'component' as const, provider: 'wasm', functions: [], trainable: false };
      },
      close: async (closed: string) => void calls.push(`close ${closed}`),
      run: () => Promise.reject(new SedgeError('MODEL_FAILED', 'not asked')),
    };
    const pool = new ModelPool({ hosts: host, clock: fakeClock() });
    const [one, two] = await Promise.all([pool.acquire(trusted, choice, files), pool.acquire(trusted, choice, files)]);
    await one?.release();
    await one?.release();
    expect(calls).toEqual([`open ${id}`]);
    await two?.release();
    expect(calls).toEqual([`open ${id}`, `close ${id}`]);
  });
});
