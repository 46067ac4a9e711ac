import {
  Lifecycle,
  lockFolder,
  type Clock,
  type FolderLock,
  type Log,
  type ProcessTable,
  type Randomness,
} from '@sedge/kit';
import { SedgeError, type Crypto, type Resources } from '@sedge/protocol';
import { AgentNode } from './agent-node.ts';
import type { AgentConfig } from './config.ts';
import { ExternalTrainers } from './external-trainer/external-trainers.ts';
import { PullJobs } from './external-trainer/pull-jobs.ts';
import { identityNumbers, type AgentFolder } from './identity/agent-folder.ts';
import { loadIdentity, type HeldIdentity } from './identity/identity.ts';
import { lazyDoor } from './local-door/lazy-door.ts';
import { ServedModels } from './local-door/served-models.ts';
import { modelPartsOf } from './models/model-parts.ts';
import type { NodeParts } from './node-parts.ts';
import { LoadShedder } from './shedding/load-shedder.ts';
import { StatusFile, type IdentityStatus } from './status/status-file.ts';
import type { BoardSource } from './telemetry/board-source.ts';
import { HeartbeatLoop } from './telemetry/heartbeat-loop.ts';
import { ResourceMeter } from './telemetry/resource-meter.ts';
import { FairQueue } from './training/fair-queue.ts';
import { RoundWeights } from './training/round-weights.ts';
import { CoordinatorDoor } from './uplink/coordinator-door.ts';
import type { HttpExchange } from './uplink/http-exchange.ts';
import { AGENT_VERSION } from './version.ts';

export interface AgentOptions {
  readonly folder: AgentFolder;
  readonly config: AgentConfig;
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly randomness: Randomness;
  readonly log: Log;
  readonly board: BoardSource;
  readonly http: HttpExchange;
  readonly processes: ProcessTable;
  /** Of the process: programs that the agent starts for its owner get a few variables of it. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface Agent {
  start(): Promise<void>;
  stop(): Promise<void>;
  status(): IdentityStatus[];
  /** Where programs on this machine ask for inference; undefined while that door is closed. */
  localUrl(): string | undefined;
}

/** Rounds that wait for their turn, of one identity. */
const TRAININGS_PER_NODE_MAX = 8;

/** The identities of a folder; `count` of them from the first on, if it is given. Throws NOT_ENROLLED. */
export async function loadIdentities(folder: AgentFolder, count?: number): Promise<HeldIdentity[]> {
  const numbers = (await identityNumbers(folder)).slice(0, count);
  if (numbers.length === 0 || numbers.length < (count ?? 0)) {
    throw new SedgeError('NOT_ENROLLED', `${folder.root} holds ${numbers.length} identities`, { expose: true });
  }
  return Promise.all(numbers.map((number) => loadIdentity(folder.identity(number))));
}

/** One process with its identities: they share models, cache, trainer and the reading of the board. */
export function createAgent(held: readonly HeldIdentity[], options: AgentOptions): Agent {
  const { folder, config, clock, log, randomness } = options;
  const parts = partsOf(options, {
    onReleased: (content) => nodes.forEach((node) => node.released(content)),
    onShed: (refusal) => nodes.forEach((node) => node.giveUpTrainings(refusal)),
  });
  const nodes = held.map((identity) => new AgentNode(identity, parts));
  const status = (): IdentityStatus[] => nodes.map((node) => node.status());
  const localDoor = lazyDoor({
    ...options,
    port: config.localPort,
    tokenPath: folder.localToken,
    models: new ServedModels(nodes),
    trainerJobs: parts.trainers.jobs,
  });
  const statusFile = new StatusFile({
    path: folder.status,
    processId: options.processes.ownId,
    agent: AGENT_VERSION,
    clock,
  });
  const heartbeat = new HeartbeatLoop({
    intervalMs: config.heartbeatMs,
    clock,
    randomness,
    log,
    beat: () => beatAll(nodes, parts, () => statusFile.write(status(), localDoor.url())),
  });
  const lifecycle = new Lifecycle({ clock, log, stopTimeoutMs: STOP_TIMEOUT_MS });
  lifecycle.add(lockPart(options));
  lifecycle.add({ name: 'status file', stop: () => statusFile.remove() });
  lifecycle.add({ name: 'model hosts', stop: () => parts.hosts.stop() });
  lifecycle.add({ name: 'quarantine', start: () => parts.quarantine.start() });
  lifecycle.add({ name: 'trainings', stop: () => parts.trainings.stop() });
  // What a killed process left must go before the first round; those that train must end before a node says goodbye.
  lifecycle.add({ name: 'trainers', start: () => parts.trainers.start() });
  lifecycle.add({ name: 'nodes', start: () => startAll(nodes), stop: () => stopAll(nodes) });
  lifecycle.add({ name: 'local door', start: () => localDoor.start(), stop: () => localDoor.stop() });
  lifecycle.add({ name: 'trainers at work', stop: () => parts.trainers.stop() });
  lifecycle.add({ name: 'heartbeat', start: () => heartbeat.start(), stop: () => heartbeat.stop() });
  return { start: () => lifecycle.start(), stop: () => lifecycle.stop(), status, localUrl: () => localDoor.url() };
}

const STOP_TIMEOUT_MS = 5_000;
/** Identities of one process share a reading of the board that is not older than this. */
const READING_FRESH_MS = 1_000;

interface PartEvents {
  /** Content left the quarantine. */
  readonly onReleased: (content: string) => void;
  /** The board takes no work from now on. */
  readonly onShed: (refusal: SedgeError) => void;
}

function partsOf(options: AgentOptions, { onReleased, onShed }: PartEvents): NodeParts {
  const { folder, clock, config, board, http, log } = options;
  const models = modelPartsOf({ ...options, onReleased });
  const limits = { temperatureC: config.shedTemperatureC, batteryFraction: config.shedBattery };
  return {
    ...options,
    ...models,
    resources: freshReading(new ResourceMeter(board, folder.root), clock),
    shedder: new LoadShedder({ limits, log, onShed }),
    door: new CoordinatorDoor(http),
    trainings: new FairQueue(TRAININGS_PER_NODE_MAX),
    trainers: trainersOf(options),
    roundWeights: new RoundWeights(models.cache),
  };
}

function trainersOf({ folder, config, environment = {}, ...options }: AgentOptions): ExternalTrainers {
  return new ExternalTrainers({
    ...options,
    environment,
    folder: folder.rounds,
    jobs: new PullJobs(options),
    hasDoor: config.localPort !== undefined,
  });
}

function freshReading(meter: ResourceMeter, clock: Pick<Clock, 'monotonicMs'>): () => Promise<Resources> {
  let last: { readonly atMs: number; readonly reading: Promise<Resources> } | undefined;
  return () => {
    const atMs = clock.monotonicMs();
    if (last === undefined || atMs - last.atMs >= READING_FRESH_MS) last = { atMs, reading: meter.read() };
    return last.reading;
  };
}

async function beatAll(
  nodes: readonly AgentNode[],
  { resources, shedder, quarantine }: Pick<NodeParts, 'resources' | 'shedder' | 'quarantine'>,
  writeStatus: () => Promise<void>,
): Promise<void> {
  await quarantine.refresh();
  const reading = await resources();
  shedder.take(reading);
  await Promise.all(nodes.map((node) => node.beat(reading)));
  await writeStatus();
}

function lockPart({ folder, processes }: AgentOptions): {
  name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
} {
  let lock: FolderLock | undefined;
  return {
    name: 'folder',
    async start() {
      lock = await lockFolder(folder.root, processes);
    },
    async stop() {
      await lock?.release();
    },
  };
}

async function startAll(nodes: readonly AgentNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.start()));
}

async function stopAll(parts: readonly { stop(): Promise<void> }[]): Promise<void> {
  await Promise.all(parts.map((part) => part.stop()));
}
