import { rm, mkdtemp } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeCrypto, systemClock, systemRandomness } from '@sedge/kit';
import { collectingLog, type CollectingLog } from '@sedge/kit/testing';
import type { ModelManifest, ModelName, ModelStatus, SedgeError, Tensor } from '@sedge/protocol';
import { PullJobs } from '../../src/external-trainer/pull-jobs.ts';
import { LocalDoor, type DoorBounds } from '../../src/local-door/local-door.ts';
import { loadOrMakeToken } from '../../src/local-door/local-token.ts';
import { ServedModels } from '../../src/local-door/served-models.ts';
import type { InferOptions, ReadyModel } from '../../src/models/loaded-model.ts';

export interface Call {
  readonly model: string;
  readonly function: string;
  readonly inputs: readonly Tensor[];
  readonly options: InferOptions;
}

type Compute = (call: Call) => Promise<readonly Tensor[]>;

/** Answers with what it was asked, under another name. */
export const echo: Compute = async ({ inputs }) => inputs.map((tensor) => ({ ...tensor, name: 'y' }));

/** Answers when the caller leaves, with its reason, and never before. */
export const hang: Compute = ({ options: { signal } }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));

export interface OpenDoor extends AsyncDisposable {
  readonly door: LocalDoor;
  readonly url: string;
  readonly token: string;
  readonly tokenPath: string;
  readonly port: number;
  readonly calls: Call[];
  readonly trainerJobs: PullJobs;
  readonly log: CollectingLog;
  /** With the token. */
  send(path: string, init?: RequestInit): Promise<{ status: number; headers: Headers; body: Buffer }>;
  /** The JSON of an answer. */
  ask(path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
}

export interface OpenDoorOptions {
  readonly port?: number;
  readonly compute?: Compute;
  readonly bounds?: Partial<DoorBounds>;
}

/** A door on a free port before models that are doubles: `echo` in the versions 1 and 2, and `slow`, which still loads. */
export async function openDoor({ port = 0, compute = echo, bounds = {} }: OpenDoorOptions = {}): Promise<OpenDoor> {
  const folder = await mkdtemp(join(tmpdir(), 'sedge-door-'));
  const tokenPath = join(folder, 'local-token');
  const calls: Call[] = [];
  const log = collectingLog();
  const ready = [1, 2].map((version) => readyModel('echo', version, calls, compute));
  const models = new ServedModels([{ readyModels: () => ready, modelStatuses: () => STATUSES }]);
  const trainerJobs = new PullJobs({ clock: systemClock, randomness: systemRandomness });
  const door = new LocalDoor({
    port,
    tokenPath,
    models,
    trainerJobs,
    clock: systemClock,
    crypto: nodeCrypto,
    randomness: systemRandomness,
    log,
    bounds,
  });
  await door.start();
  const url = door.url ?? '';
  const token = await loadOrMakeToken(tokenPath, systemRandomness);
  const send: OpenDoor['send'] = async (path, init = {}) => {
    const headers = { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) };
    const response = await fetch(`${url}${path}`, { ...init, headers });
    return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
  };
  return {
    door,
    url,
    token,
    tokenPath,
    port: Number(new URL(url).port),
    calls,
    trainerJobs,
    log,
    send,
    async ask(path, body) {
      const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
      const answer = await send(path, init);
      return { status: answer.status, body: answer.body.length === 0 ? undefined : JSON.parse(answer.body.toString()) };
    },
    async [Symbol.asyncDispose]() {
      await door.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What comes back on a bare connection after these bytes, until the server closes it. */
export async function sayRaw(port: number, text: string): Promise<string> {
  const socket = await rawSocket(port);
  let heard = '';
  socket.setEncoding('latin1').on('data', (part: string) => (heard += part));
  socket.write(text, 'latin1');
  await new Promise((resolve) => socket.once('close', resolve));
  return heard;
}

export function rawSocket(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket)).on('error', reject);
  });
}

const STATUSES: ModelStatus[] = [
  { name: 'echo' as ModelName, version: 1, state: 'ready', engine: 'double' },
  { name: 'echo' as ModelName, version: 2, state: 'ready', engine: 'double' },
  { name: 'slow' as ModelName, version: 1, state: 'loading' },
  {
    name: 'broken' as ModelName,
    version: 1,
    state: 'failed',
    error: { code: 'MODEL_INVALID', detail: 'not a component' },
  },
];

function readyModel(name: string, version: number, calls: Call[], compute: Compute): ReadyModel {
  const tensor = (called: string) => ({ name: called, dataType: 'FP32' as const, shape: [-1, 2] });
  const functions = ['infer', 'embed'].map((called) => ({
    name: called,
    inputs: [tensor('x')],
    outputs: [tensor('y')],
  }));
  return {
    manifest: { name, version, format: 'component', functions } as unknown as ModelManifest,
    model: {
      engine: 'double',
      choice: {} as never,
      lost: new Promise<SedgeError>(() => undefined),
      release: async () => undefined,
      async infer(called, inputs, options) {
        const call = { model: `${name}@${version}`, function: called, inputs, options };
        calls.push(call);
        return { outputs: await compute(call), queueMs: 1, computeMs: 2 };
      },
    },
  };
}
