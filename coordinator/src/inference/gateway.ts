import {
  addressOf,
  asSedgeError,
  channels,
  chunkFrames,
  type Crypto,
  encodeJson,
  encodeTensorFrame,
  type ErrorCode,
  type FunctionSpec,
  limits,
  modelKey,
  type ModelName,
  type ModelRef,
  newStreamId,
  type NodeId,
  type ProjectId,
  type RequestId,
  SedgeError,
  type Tensor,
  topicOf,
} from '@sedge/protocol';
import { type Bus, type Clock, type Log, newId, type Randomness, RecentMap } from '@sedge/kit';
import type { UpMessage } from '../broker/dispatch.ts';
import { checkInputs } from './check-inputs.ts';
import { Inflight } from './inflight.ts';
import { averageAt, type Latency, measured } from './latency.ts';
import { type InferenceAnswer, readAnswer } from './node-answer.ts';
import { place } from './placement.ts';
import type { InferenceObserver, ReadyFleet, ServedModels } from './ports.ts';

export interface GatewayOptions {
  readonly models: ServedModels;
  readonly fleet: ReadyFleet;
  readonly bus: Pick<Bus, 'publish'>;
  readonly project: ProjectId;
  readonly crypto: Pick<Crypto, 'sha256' | 'randomBytes'>;
  readonly randomness: Pick<Randomness, 'bytes'>;
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
  readonly observer: InferenceObserver;
  readonly log: Log;
}

export interface InferenceRequest {
  readonly model: ModelName;
  /** The newest that is ready, if none is named. */
  readonly version?: number | undefined;
  /** The model's first, if none is named. */
  readonly function?: string | undefined;
  readonly inputs: readonly Tensor[];
  readonly timeoutMs?: number | undefined;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** What is to be asked, once it is known to make sense. */
interface Job {
  readonly model: ModelRef;
  /** The newest one as long as it is ready; another version may take its place. */
  readonly isAnyVersion: boolean;
  readonly function: string;
  readonly inputs: readonly Tensor[];
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** Another node may well answer what one node could not; a model that fails on an input fails on each. */
const ANOTHER_NODE_MAY: ReadonlySet<ErrorCode> = new Set([
  'NODE_LOST',
  'NODE_SHEDDING',
  'MODEL_NOT_LOADED',
  'MODEL_QUARANTINED',
  'QUEUE_FULL',
  'OVERLOADED',
  'STOPPING',
]);
/** One latency for each pair of node and version that was used lately. */
const LATENCIES_MAX = 65_536;

/** Asks the node that will answer soonest, and hides which one it was. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #inflight: Inflight;
  readonly #latencies = new RecentMap<string, Latency>(LATENCIES_MAX);
  #turn = 0;

  constructor(options: GatewayOptions) {
    this.#options = options;
    const { clock, crypto, observer } = options;
    this.#inflight = new Inflight({ clock, crypto, changed: (count) => observer.inflight(count) });
  }

  /**
   * Throws MODEL_NOT_FOUND, FUNCTION_NOT_FOUND, TENSOR_MISMATCH, NO_NODE_READY, QUEUE_FULL, INFERENCE_TIMEOUT,
   * NODE_LOST, and what the node says of the model.
   */
  async infer(request: InferenceRequest): Promise<InferenceAnswer> {
    const { clock, observer } = this.#options;
    const startedMs = clock.monotonicMs();
    const finished = (outcome: 'ok' | ErrorCode): void =>
      observer.finished(outcome, (clock.monotonicMs() - startedMs) / 1000);
    try {
      const answer = await this.#answer(this.#admit(request));
      finished('ok');
      return answer;
    } catch (error) {
      finished(asSedgeError(error).code);
      throw error;
    }
  }

  /** The version that would be asked, and its function. Throws MODEL_NOT_FOUND, FUNCTION_NOT_FOUND. */
  resolve(model: ModelName, version?: number, name?: string): { readonly ref: ModelRef; readonly spec: FunctionSpec } {
    const { models, fleet } = this.#options;
    const { ref, manifest } = models.resolve(model, version ?? fleet.readyVersions(model)[0]);
    const [first] = manifest.functions;
    const spec = name === undefined ? first : manifest.functions.find((candidate) => candidate.name === name);
    if (spec !== undefined) return { ref, spec };
    const known = manifest.functions.map((candidate) => candidate.name).join(', ');
    throw new SedgeError('FUNCTION_NOT_FOUND', `${modelKey(ref)} has no function ${name}; it has: ${known}`, {
      expose: true,
    });
  }

  /** Takes one frame of a node's answer. */
  onResponse({ from, parameters, body }: UpMessage<'inferResponse'>): void {
    this.#inflight.take(parameters.requestId as RequestId, from.node, body);
  }

  onOffline(node: NodeId): void {
    this.#inflight.nodeLost(node);
  }

  /** Ends every request with STOPPING. */
  stop(): void {
    this.#inflight.stop();
  }

  #admit({ model, version, function: name, inputs, timeoutMs, signal }: InferenceRequest): Job {
    const { ref, spec } = this.resolve(model, version, name);
    checkInputs(inputs, spec);
    const allowedMs = Math.min(timeoutMs ?? limits.inferTimeoutMs, limits.inferTimeoutMsMax);
    const deadlineMs = this.#options.clock.monotonicMs() + allowedMs;
    return { model: ref, isAnyVersion: version === undefined, function: spec.name, inputs, deadlineMs, signal };
  }

  /** A request has no effects on a node, so a second node may be asked when the first cannot answer. */
  async #answer(job: Job): Promise<InferenceAnswer> {
    const first = this.#place(job, new Set());
    try {
      return await this.#ask(job, first);
    } catch (error) {
      const failure = asSedgeError(error);
      if (job.signal.aborted || !ANOTHER_NODE_MAY.has(failure.code)) throw error;
      const another = this.#placeAgain(job, first);
      if (another === undefined) throw error;
      const { model, node } = another;
      this.#options.log.info('a request goes to another place', { first, model, node, error: failure });
      return this.#ask({ ...job, model }, node);
    }
  }

  /** The same version on another node; and where a switch took that version away meanwhile, the one that came for it. */
  #placeAgain(job: Job, first: NodeId): { readonly model: ModelRef; readonly node: NodeId } | undefined {
    try {
      const model = job.isAnyVersion ? this.resolve(job.model.name, undefined, job.function).ref : job.model;
      const isSwitched = modelKey(model) !== modelKey(job.model);
      const node = this.#place({ model }, new Set(isSwitched ? [] : [first]));
      this.#options.observer.placed('retried');
      return { model, node };
    } catch {
      // The first failure says more than that nobody else is there.
      return undefined;
    }
  }

  #place({ model }: Pick<Job, 'model'>, except: ReadonlySet<NodeId>): NodeId {
    const { clock, fleet, observer } = this.#options;
    const nowMs = clock.monotonicMs();
    const ready = fleet.readyNodes(model).filter((node) => !except.has(node));
    const willing = ready.filter((node) => !fleet.isShedding(node));
    // One that sheds load says so in its own words, which tell the caller more than that nobody is there.
    const candidates = (willing.length > 0 ? willing : ready).map((node) => {
      const known = this.#latencies.get(latencyKey(node, model));
      const latencyMs = known === undefined ? undefined : averageAt(known, nowMs);
      return { node, inflight: this.#inflight.countOf(node), latencyMs };
    });
    const placement = place(candidates, { inflightMax: this.#inflight.perNodeMax, turn: this.#turn++ });
    observer.placed('node' in placement ? 'placed' : placement.refusal);
    if ('node' in placement) return placement.node;
    if (placement.refusal === 'full') throw new SedgeError('QUEUE_FULL', `all nodes of ${modelKey(model)} are full`);
    throw new SedgeError('NO_NODE_READY', `${modelKey(model)} is not ready on any connected node`, { expose: true });
  }

  async #ask(job: Job, node: NodeId): Promise<InferenceAnswer> {
    const { clock, randomness } = this.#options;
    const startedMs = clock.monotonicMs();
    const timeoutMs = Math.ceil(job.deadlineMs - startedMs);
    if (timeoutMs < 1) throw new SedgeError('INFERENCE_TIMEOUT', 'the deadline passed before a node was asked');
    const id = newId(randomness, 'inf') as RequestId;
    try {
      const answered = this.#inflight.wait(id, node, timeoutMs, job.signal);
      // Not awaited: the answer may come, or the deadline pass, before a slow connection has taken the last frame.
      this.#send(id, node, timeoutMs, job).catch((error: unknown) => this.#inflight.fail(id, asSedgeError(error)));
      const answer = readAnswer(await answered, job.model, node);
      this.#measure(node, job.model, clock.monotonicMs() - startedMs - answer.queueMs);
      return answer;
    } catch (error) {
      this.#gaveUp(id, node, job, asSedgeError(error).code, clock.monotonicMs() - startedMs);
      throw error;
    }
  }

  async #send(id: RequestId, node: NodeId, timeoutMs: number, job: Job): Promise<void> {
    const { bus, crypto, project } = this.#options;
    const head = { model: job.model.name, version: job.model.version, function: job.function, timeoutMs };
    const bytes = encodeTensorFrame(head, job.inputs);
    const topic = topicOf(channels.inferRequest, addressOf(crypto, project, node), { requestId: id });
    const frames = chunkFrames(crypto, { stream: newStreamId(crypto), encoding: 'tensorFrame', bytes });
    await Promise.all([...frames].map((frame) => bus.publish(topic, frame, { qos: channels.inferRequest.qos })));
  }

  /** A node that let a deadline pass counts as that slow; work that nobody waits for is called off. */
  #gaveUp(id: RequestId, node: NodeId, { model, signal }: Job, code: ErrorCode, elapsedMs: number): void {
    if (code === 'INFERENCE_TIMEOUT') this.#measure(node, model, elapsedMs);
    if (code !== 'INFERENCE_TIMEOUT' && !signal.aborted) return;
    const { bus, crypto, project, log } = this.#options;
    const topic = topicOf(channels.inferCancel, addressOf(crypto, project, node), { requestId: id });
    const reason = code === 'INFERENCE_TIMEOUT' ? 'deadline' : 'disconnected';
    bus
      .publish(topic, encodeJson(channels.inferCancel, { reason }), { qos: channels.inferCancel.qos })
      .catch((error: unknown) => log.debug('a request could not be called off', { id, node, error }));
  }

  #measure(node: NodeId, model: ModelRef, sampleMs: number): void {
    const key = latencyKey(node, model);
    const latency = measured(this.#latencies.get(key), Math.max(0, sampleMs), this.#options.clock.monotonicMs());
    this.#latencies.set(key, latency);
  }
}

function latencyKey(node: NodeId, model: ModelRef): string {
  return `${node} ${modelKey(model)}`;
}
