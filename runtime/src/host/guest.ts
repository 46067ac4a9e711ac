import { systemClock } from '@sedge/kit/clock';
import { asSedgeError, SedgeError, type Tensor } from '@sedge/protocol/core';
import { probeSession } from '../choice/probe-session.ts';
import type { Engine, ModelFiles, Session, TrainingSession } from '../engine.ts';
import type { ModelLog } from '../engines/guest-log.ts';
import { GraphStore } from '../training/derived-graphs.ts';
import type { GrowthCaps } from '../wasm/growth-caps.ts';
import { engineFor } from './engine-for.ts';
import { readContent } from './read-content.ts';
import type {
  HostReply,
  HostRequest,
  NumberedRequest,
  Operation,
  RequestOf,
  ResultOf,
  TrainingJob,
} from './messages.ts';

/** The guest's end of the line to its parent, whatever carries it. */
export interface GuestPort {
  post(reply: HostReply, transfer: ArrayBuffer[]): void;
  onRequest(handle: (request: NumberedRequest) => void): void;
}

/** Answers the requests of a parent: the loop that runs in a worker thread and in a child process alike. */
export function serveGuest(port: GuestPort, caps: GrowthCaps): void {
  const logFor: LogFor = (model) => (level, message) => port.post({ kind: 'log', model, level, message }, []);
  const guest = new Guest(logFor, caps);
  port.onRequest((request) => {
    void answer(guest, request).then((reply) => port.post(reply, buffersOf(reply)));
  });
  port.post({ kind: 'ready' }, []);
}

async function answer(guest: Guest, request: NumberedRequest): Promise<HostReply> {
  const { id } = request;
  try {
    return { kind: 'result', id, value: await guest.handle(request) };
  } catch (error) {
    const { code, detail, exposed } = asSedgeError(error);
    return { kind: 'failure', id, code, detail, exposed };
  }
}

type LogFor = (model: string) => ModelLog;

class Guest {
  readonly #logFor: LogFor;
  readonly #caps: GrowthCaps;
  readonly #sessions = new Map<string, Session>();
  /** Outlives a training: the next round of a run derives nothing. */
  readonly #graphs = new GraphStore();
  #trainee: TrainingSession | undefined;

  constructor(logFor: LogFor, caps: GrowthCaps) {
    this.#logFor = logFor;
    this.#caps = caps;
  }

  handle(request: HostRequest): Promise<ResultOf<Operation>> {
    switch (request.op) {
      case 'open':
        return this.#open(request.body.model, request.body.files);
      case 'run':
        return this.#session(request.body.model).run(request.body.functionName, request.body.inputs);
      case 'probe':
        return probeSession(this.#session(request.body.model), request.body, systemClock);
      case 'inspect':
        return this.#inspect(request.body.files);
      case 'parameters':
        return this.#parameters(request.body);
      case 'close':
        return this.#close(request.body.model);
      case 'trainBegin':
        return this.#beginTraining(request.body);
      case 'trainStep':
        return this.#training().step(request.body.maxSteps);
      case 'trainCheckpoint':
        return this.#checkpoint();
      case 'trainFinish':
        return this.#training().finish();
      case 'trainEnd':
        return this.#endTraining();
    }
  }

  async #open(model: string, files: ModelFiles): Promise<ResultOf<'open'>> {
    await this.#close(model);
    const engine = await this.#engine(files, model);
    const session = await engine.open(await readContent(files));
    this.#sessions.set(model, session);
    return session.metadata;
  }

  #session(model: string): Session {
    const session = this.#sessions.get(model);
    if (session === undefined) throw new SedgeError('MODEL_NOT_LOADED', `${model} is not open in this host`);
    return session;
  }

  async #close(model: string): Promise<undefined> {
    await this.#sessions.get(model)?.close();
    this.#sessions.delete(model);
  }

  #engine(files: ModelFiles, speaker: string): Promise<Engine> {
    return engineFor(files, { log: this.#logFor(speaker), caps: this.#caps, graphs: this.#graphs });
  }

  async #inspect(files: ModelFiles): Promise<ResultOf<'inspect'>> {
    const { inspectModel } = await import('../training/inspect-model.ts');
    return inspectModel(await this.#engine(files, 'inspection'), await readContent(files));
  }

  async #parameters({ files, patterns }: RequestOf<'parameters'>): Promise<ResultOf<'parameters'>> {
    const { modelParameters } = await import('../training/inspect-model.ts');
    return modelParameters(await readContent(files), patterns);
  }

  async #beginTraining({ files, weights, examples, config, checkpoint }: TrainingJob): Promise<undefined> {
    await this.#endTraining();
    const engine = await this.#engine(files, 'training');
    this.#trainee = await engine.openTraining(await readContent(files));
    await this.#training().begin(weights, examples, config, checkpoint);
  }

  #training(): TrainingSession {
    if (this.#trainee === undefined) throw new SedgeError('MODEL_FAILED', 'the training was lost with its host');
    return this.#trainee;
  }

  #checkpoint(): Promise<readonly Tensor[]> {
    const training = this.#training();
    if (training.checkpoint !== undefined) return training.checkpoint();
    throw new SedgeError('PLAN_INVALID', 'this training keeps no checkpoints', { expose: true });
  }

  async #endTraining(): Promise<undefined> {
    await this.#trainee?.close();
    this.#trainee = undefined;
  }
}

/** Buffers that an answer owns whole may move to the parent instead of being copied. */
function buffersOf(reply: HostReply): ArrayBuffer[] {
  if (reply.kind !== 'result') return [];
  return [...new Set(tensorsOf(reply.value).flatMap(({ data }) => (ownsBuffer(data) ? [data.buffer] : [])))];
}

function ownsBuffer(data: Uint8Array): data is Uint8Array<ArrayBuffer> {
  return data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength;
}

function tensorsOf(value: ResultOf<Operation>): readonly Tensor[] {
  if (Array.isArray(value)) return value;
  return value !== undefined && 'weights' in value ? value.weights : [];
}
