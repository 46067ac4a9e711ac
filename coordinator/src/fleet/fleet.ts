import {
  type Birth,
  type Crypto,
  type DatasetName,
  type Heartbeat,
  limits,
  type ModelName,
  type ModelRef,
  type ModelStatus,
  type NodeId,
  type NodeState,
  type ReportedTwin,
  SedgeError,
} from '@sedge/protocol';
import type { NodeView } from '@sedge/protocol/routes';
import type { Clock, Log, Timer } from '@sedge/kit';
import type { Emit } from '../events/event-hub.ts';
import type { AppendToLedger } from '../ledger/ledger.ts';
import {
  type Applied,
  applyBirth,
  applyHeartbeat,
  applyReportedTwin,
  applyState,
  type Moment,
} from './apply-message.ts';
import { type FleetNode, newNode, nodeView, statusOf } from './fleet-node.ts';
import { Listeners } from './listeners.ts';
import { isOverdue, lost } from './liveness.ts';
import { hasProgressed, haveModelsChanged, isQuarantined, quarantineChanges } from './model-changes.ts';
import type { NodeRecord } from './node-record.ts';
import { NodeTable } from './node-table.ts';
import { ReportFlush, type ReportStore, type StoredReport } from './report-flush.ts';

export interface FleetStore extends ReportStore {
  loadNodes(): Promise<NodeRecord[]>;
  updateNode(record: NodeRecord): Promise<void>;
  /** With its twin and its report. */
  removeNode(node: NodeId): Promise<void>;
  loadReports(): Promise<StoredReport[]>;
}

export interface FleetOptions {
  readonly store: FleetStore;
  readonly crypto: Pick<Crypto, 'sha256'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly emit: Emit;
  readonly append: AppendToLedger;
  /** A node that was silent for longer is not connected. */
  readonly patienceMs?: number;
}

export interface NodePage {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly status?: NodeView['status'] | undefined;
}

export interface NodeChange {
  readonly name?: string | undefined;
  /** Replaces all that there were. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

const FLUSH_INTERVAL_MS = 3_000;
const WATCH_INTERVAL_MS = 1_000;
/** A fleet that pulls a model must not push everything else out of the history of events. */
const PROGRESS_EVENT_INTERVAL_MS = 5_000;

/** The nodes, in memory. Whatever nodes say of themselves goes in here; whoever needs a node asks here. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #nodes = new NodeTable();
  readonly #reports: ReportFlush;
  readonly #offline: Listeners<[NodeId]>;
  readonly #birthHeard: Listeners<[NodeId]>;
  readonly #birthWanted: Listeners<[NodeId]>;
  readonly #recovered: Listeners<[NodeId]>;
  readonly #selectionChanged: Listeners<[]>;
  /** When it was last told how a node stands. */
  readonly #toldMs = new Map<NodeId, number>();
  #timers: (Timer | undefined)[] = [];

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#reports = new ReportFlush(options.store, (node) => this.#storedReport(node), options.log);
    this.#offline = new Listeners(options.log);
    this.#birthHeard = new Listeners(options.log);
    this.#birthWanted = new Listeners(options.log);
    this.#recovered = new Listeners(options.log);
    this.#selectionChanged = new Listeners(options.log);
  }

  /** Everybody counts as offline until heard. */
  async start(): Promise<void> {
    const { store } = this.#options;
    const reports = new Map((await store.loadReports()).map((stored) => [stored.node, stored]));
    for (const record of await store.loadNodes()) this.#nodes.set(restored(record, reports.get(record.id)));
    this.#repeat(WATCH_INTERVAL_MS, () => this.#dropOverdue());
    this.#repeat(FLUSH_INTERVAL_MS, () => void this.flush());
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers.splice(0)) timer?.cancel();
    await this.flush();
  }

  // What is heard. Messages of unknown nodes are dropped.

  onState(node: NodeId, state: NodeState): void {
    this.#hear(node, (known, at) => applyState(known, state, at));
  }

  onHeartbeat(node: NodeId, heartbeat: Heartbeat): void {
    this.#hear(node, (known, at) => applyHeartbeat(known, heartbeat, at));
  }

  onBirth(node: NodeId, birth: Birth): void {
    this.#hear(node, (known, at) => applyBirth(known, birth, at));
    if (this.#nodes.get(node)?.presence.boot === birth.boot) this.#birthHeard.tell(node);
  }

  onReportedTwin(node: NodeId, twin: ReportedTwin): void {
    this.#hear(node, (known, at) => applyReportedTwin(known, twin, at));
  }

  // What others need to know.

  /** The public key of an enrolled node; undefined for one that is unknown or removed. */
  readonly keyOf = (node: NodeId): Uint8Array | undefined => this.#nodes.get(node)?.record.publicKey;

  readonly isOnline = (node: NodeId): boolean => {
    const known = this.#nodes.get(node);
    return known !== undefined && statusOf(known) === 'online';
  };

  /** Connected nodes that have this version ready: the candidates for placement. */
  readonly readyNodes = (model: ModelRef): readonly NodeId[] => this.#nodes.ready.nodes(model);

  readonly countReady = (model: ModelRef): number => this.#nodes.ready.count(model);

  /** Versions that some connected node has ready, newest first. */
  readonly readyVersions = (name: ModelName): readonly number[] => this.#nodes.ready.versions(name);

  /** Nodes that hold a data set of this name by their last word, connected or not, by id. */
  readonly nodesHolding = (dataset: DatasetName): readonly NodeId[] =>
    this.#nodes
      .byId()
      .filter(({ report }) => report.datasets.some(({ name }) => name === dataset))
      .map(({ record }) => record.id);

  /** How many examples a node says that it holds of a data set. */
  examplesOf(node: NodeId, dataset: DatasetName): number {
    return this.#nodes.get(node)?.report.datasets.find(({ name }) => name === dataset)?.examples ?? 0;
  }

  /** How a version stands on a node, if the node ever spoke of it. */
  statusOfModel(node: NodeId, { name, version }: ModelRef): ModelStatus | undefined {
    return this.#nodes.get(node)?.report.models.find((model) => model.name === name && model.version === version);
  }

  /** By id. */
  records(): readonly NodeRecord[] {
    return this.#nodes.byId().map(({ record }) => record);
  }

  counts(): Readonly<Record<NodeView['status'], number>> {
    const counts = { enrolled: 0, online: 0, offline: 0 };
    for (const node of this.#nodes.values()) counts[statusOf(node)] += 1;
    return counts;
  }

  /** Models in quarantine on each node that has any, by the name of the node. */
  quarantined(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { record, report } of this.#nodes.values()) {
      const count = report.models.filter(isQuarantined).length;
      if (count > 0) counts[record.name] = count;
    }
    return counts;
  }

  /** Whether a node has said that it takes no new work for now. */
  readonly isShedding = (node: NodeId): boolean => this.#nodes.get(node)?.report.shedding !== undefined;

  /** By id, after `after`. */
  list({ limit, after = '', status }: NodePage): NodeView[] {
    return this.#nodes
      .byId()
      .filter((node) => node.record.id > after && (status === undefined || statusOf(node) === status))
      .slice(0, limit)
      .map((node) => this.#view(node));
  }

  /** By id or name. Throws NODE_NOT_FOUND. */
  get(idOrName: string): NodeView {
    return this.#view(this.#nodes.find(idOrName));
  }

  /** Throws NODE_NOT_FOUND. */
  idOf(idOrName: string): NodeId {
    return this.#nodes.find(idOrName).record.id;
  }

  isNameTaken(name: string): boolean {
    return this.#nodes.isNameTaken(name);
  }

  // What people change.

  /** Takes in a node that was enrolled and stored. */
  add(record: NodeRecord): void {
    const node = newNode(record);
    this.#nodes.set(node);
    this.#options.emit('node.enrolled', record.id, this.#view(node));
    this.#selectionChanged.tell();
  }

  /** Renames a node or replaces its labels. Throws NODE_NOT_FOUND and NODE_NAME_TAKEN. */
  async update(idOrName: string, change: NodeChange): Promise<NodeView> {
    const before = this.#nodes.find(idOrName);
    const record = this.#changed(before.record, change);
    // In memory first, so that nobody takes the name while it is written.
    this.#nodes.set({ ...before, record });
    try {
      await this.#options.store.updateNode(record);
    } catch (error) {
      this.#replaceRecord(before.record);
      throw error;
    }
    this.#emitChange(record.id);
    this.#selectionChanged.tell();
    return this.get(record.id);
  }

  /** Forgets a node: its key is no longer accepted. Throws NODE_NOT_FOUND. */
  async remove(idOrName: string): Promise<NodeId> {
    const { store, append, emit } = this.#options;
    const { id, name } = this.#nodes.find(idOrName).record;
    await append('node.removed', { node: id, name });
    await store.removeNode(id);
    const node = this.#nodes.get(id);
    if (node === undefined) return id;
    this.#nodes.delete(node);
    this.#toldMs.delete(id);
    emit('node.removed', id, { id, name });
    this.#offline.tell(id);
    this.#selectionChanged.tell();
    return id;
  }

  /** For the view: which twin the coordinator wants. */
  setDesiredVersion(node: NodeId, desiredVersion: number): void {
    const known = this.#nodes.get(node);
    if (known !== undefined) this.#nodes.set({ ...known, desiredVersion });
  }

  // Who wants to hear. Each returns its undoing.

  /** A node was lost: by its will, by silence, by another life of its agent, or because it was removed. */
  onOffline(listener: (node: NodeId) => void): () => void {
    return this.#offline.add(listener);
  }

  /** A birth was heard: the node is there and wants its twin. */
  onBirthHeard(listener: (node: NodeId) => void): () => void {
    return this.#birthHeard.add(listener);
  }

  /** The node should be asked for a birth. */
  onBirthWanted(listener: (node: NodeId) => void): () => void {
    return this.#birthWanted.add(listener);
  }

  /** A node takes work again. */
  onRecovered(listener: (node: NodeId) => void): () => void {
    return this.#recovered.add(listener);
  }

  /** Nodes came or went, or names or labels changed: what is selected by them may be others now. */
  onSelectionChanged(listener: () => void): () => void {
    return this.#selectionChanged.add(listener);
  }

  /** Writes what was heard since the last time. */
  flush(): Promise<void> {
    return this.#reports.flush();
  }

  #hear(id: NodeId, apply: (node: FleetNode, at: Moment) => Applied): void {
    const before = this.#nodes.get(id);
    if (before === undefined) return;
    const { clock } = this.#options;
    const { node, askBirth } = apply(before, { wallMs: clock.now(), monotonicMs: clock.monotonicMs() });
    if (node === before) return;
    this.#replace(before, node);
    if (askBirth) this.#birthWanted.tell(id);
  }

  #dropOverdue(): void {
    const nowMs = this.#options.clock.monotonicMs();
    const patienceMs = this.#options.patienceMs ?? limits.heartbeatPatienceMs;
    for (const node of this.#nodes.values()) {
      if (isOverdue(node.presence, nowMs, patienceMs)) this.#replace(node, { ...node, presence: lost(node.presence) });
    }
  }

  #replace(before: FleetNode, after: FleetNode): void {
    const { id } = after.record;
    this.#nodes.set(after);
    this.#reports.mark(id);
    if (hasChanged(before, after) || this.#isProgressDue(before, after)) this.#emitChange(id);
    this.#emitQuarantines(before, after);
    if (wasLost(before, after)) this.#offline.tell(id);
    if (before.report.shedding !== undefined && after.report.shedding === undefined) this.#recovered.tell(id);
  }

  #changed(record: NodeRecord, { name = record.name, labels = record.labels }: NodeChange): NodeRecord {
    if (name !== record.name && this.#nodes.isNameTaken(name)) {
      throw new SedgeError('NODE_NAME_TAKEN', `there is a node ${name}`, { expose: true });
    }
    return { ...record, name, labels };
  }

  #replaceRecord(record: NodeRecord): void {
    const node = this.#nodes.get(record.id);
    if (node !== undefined) this.#nodes.set({ ...node, record });
  }

  #emitChange(id: NodeId): void {
    this.#toldMs.set(id, this.#options.clock.monotonicMs());
    this.#options.emit('node.changed', id, this.get(id));
  }

  #emitQuarantines(before: FleetNode, { record: { id, name }, report }: FleetNode): void {
    for (const { kind, ...change } of quarantineChanges(before.report.models, report.models)) {
      this.#options.emit(kind, id, { node: id, name, ...change });
    }
  }

  #isProgressDue({ report: before }: FleetNode, { record: { id }, report: after }: FleetNode): boolean {
    if (!hasProgressed(before.models, after.models)) return false;
    const silentMs = this.#options.clock.monotonicMs() - (this.#toldMs.get(id) ?? -Infinity);
    return silentMs >= PROGRESS_EVENT_INTERVAL_MS;
  }

  #view(node: FleetNode): NodeView {
    return nodeView(this.#options.crypto, node);
  }

  #storedReport(id: NodeId): StoredReport | undefined {
    const node = this.#nodes.get(id);
    if (node === undefined) return undefined;
    const { report, wasBorn, lastSeenAtMs } = node;
    return { node: id, report, wasBorn, ...(lastSeenAtMs === undefined ? {} : { lastSeenAtMs }) };
  }

  #repeat(intervalMs: number, run: () => void): void {
    const slot = this.#timers.push(undefined) - 1;
    const again = (): void => {
      this.#timers[slot] = this.#options.clock.setTimer(intervalMs, () => {
        again();
        run();
      });
    };
    again();
  }
}

function restored(record: NodeRecord, stored: StoredReport | undefined): FleetNode {
  const node = newNode(record);
  if (stored === undefined) return node;
  const { report, wasBorn, lastSeenAtMs } = stored;
  return { ...node, report, wasBorn, ...(lastSeenAtMs === undefined ? {} : { lastSeenAtMs }) };
}

/** What is worth telling: not resources and queues, which move all the time. */
function hasChanged(before: FleetNode, after: FleetNode): boolean {
  const [old, now] = [before.report, after.report];
  return (
    statusOf(before) !== statusOf(after) ||
    before.presence.boot !== after.presence.boot ||
    old.agent !== now.agent ||
    old.twinVersion !== now.twinVersion ||
    (old.datasets !== now.datasets && JSON.stringify(old.datasets) !== JSON.stringify(now.datasets)) ||
    old.shedding !== now.shedding ||
    haveModelsChanged(old.models, now.models)
  );
}

/** Another life of the agent knows nothing of what the last one worked on. */
function wasLost({ presence: before }: FleetNode, { presence: after }: FleetNode): boolean {
  return before.isConnected && (!after.isConnected || before.boot !== after.boot);
}
