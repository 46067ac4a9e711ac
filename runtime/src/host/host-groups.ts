import type { Clock, Timer } from '@sedge/kit';
import { SedgeError, type Tensor } from '@sedge/protocol/core';
import type { ModelFiles, ModelMetadata, TrainingOutcome } from '../engine.ts';
import type { TrainingJob } from './messages.ts';
import type { CallOptions, ModelHost, TrainingOptions } from './model-host.ts';

/** A native engine needs rights that no portable one has, so that the two never share a process. */
export type HostKind = 'portable' | 'native';

export type StartHost = (kind: HostKind, group: string) => ModelHost;

export interface HostGroupsOptions {
  /** Makes a host; it starts nothing before its first call. */
  readonly startHost: StartHost;
  readonly clock: Pick<Clock, 'setTimer'>;
  /** A host that has had nothing to do for so long is stopped. */
  readonly idleMs?: number;
}

interface Group {
  readonly host: ModelHost;
  /** Models that are open or being opened, and trainings. */
  users: number;
  idle: Timer | undefined;
}

const IDLE_MS = 10_000;

/**
 * One model host per trust group and kind of engine: a model that breaks its host breaks it for its own group only.
 * Inference and training never share a host, because a training may hold its host for a quarter of a second at a time.
 */
export class HostGroups {
  readonly #startHost: StartHost;
  readonly #clock: HostGroupsOptions['clock'];
  readonly #idleMs: number;
  readonly #groups = new Map<string, Group>();
  readonly #groupOfModel = new Map<string, Group>();
  #isStopped = false;

  constructor({ startHost, clock, idleMs = IDLE_MS }: HostGroupsOptions) {
    this.#startHost = startHost;
    this.#clock = clock;
    this.#idleMs = idleMs;
  }

  /** Calls that wait in all hosts. */
  get depth(): number {
    return [...this.#groups.values()].reduce((sum, { host }) => sum + host.depth, 0);
  }

  /** Opens a model under an id, in the host of its trust group; one that is open under that id is closed. */
  async open(id: string, files: ModelFiles, group: string): Promise<ModelMetadata> {
    await this.close(id);
    const entered = this.#enter(hostKind(files), `inference-${group}`);
    this.#groupOfModel.set(id, entered);
    try {
      return await entered.host.open(id, files);
    } catch (error) {
      if (this.#groupOfModel.get(id) === entered) this.#groupOfModel.delete(id);
      this.#leave(entered);
      throw error;
    }
  }

  /** Throws what a model host throws. */
  run(id: string, functionName: string, inputs: readonly Tensor[], options: CallOptions): Promise<Tensor[]> {
    const group = this.#groupOfModel.get(id);
    if (group === undefined) return Promise.reject(new SedgeError('MODEL_NOT_LOADED', `${id} is not open`));
    return group.host.run(id, functionName, inputs, options);
  }

  /** One training at a time per trust group, in a host that runs no inference. */
  async train(job: TrainingJob, options: TrainingOptions, group: string): Promise<TrainingOutcome> {
    const entered = this.#enter(hostKind(job.files), `training-${group}`);
    try {
      return await entered.host.train(job, options);
    } finally {
      this.#leave(entered);
    }
  }

  async close(id: string): Promise<void> {
    const group = this.#groupOfModel.get(id);
    if (group === undefined) return;
    this.#groupOfModel.delete(id);
    try {
      await group.host.close(id);
    } finally {
      this.#leave(group);
    }
  }

  start(): Promise<void> {
    this.#isStopped = false;
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    const groups = [...this.#groups.values()];
    this.#groups.clear();
    this.#groupOfModel.clear();
    for (const { idle } of groups) idle?.cancel();
    await Promise.all(groups.map(({ host }) => host.stop()));
  }

  #enter(kind: HostKind, name: string): Group {
    if (this.#isStopped) throw new SedgeError('STOPPING', 'the model hosts were stopped');
    const key = `${kind} ${name}`;
    const group = this.#groups.get(key) ?? { host: this.#startHost(kind, name), users: 0, idle: undefined };
    this.#groups.set(key, group);
    group.idle?.cancel();
    group.idle = undefined;
    group.users += 1;
    return group;
  }

  /** Stops the guest of an idle host; the host itself stays and would start another one. */
  #leave(group: Group): void {
    group.users -= 1;
    if (group.users > 0 || this.#isStopped) return;
    group.idle = this.#clock.setTimer(this.#idleMs, () => void this.#retire(group)).unref();
  }

  async #retire(group: Group): Promise<void> {
    for (const [key, known] of this.#groups) if (known === group) this.#groups.delete(key);
    await group.host.stop();
  }
}

function hostKind({ engine }: ModelFiles): HostKind {
  return engine === 'onnx-node' ? 'native' : 'portable';
}
