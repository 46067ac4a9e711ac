import {
  type Birth,
  type Crypto,
  type DatasetName,
  type HeldDataset,
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
import { isOverdue, lost, UNHEARD } from './liveness.ts';
import type { NodeRecord } from './node-record.ts';
import type { NodeReport } from './node-report.ts';
import { ReadyIndex } from './ready-index.ts';

/** What is kept of a node's own word. */
export interface StoredReport {
  readonly node: NodeId;
  readonly report: NodeReport;
  readonly wasBorn: boolean;
  readonly lastSeenAtMs?: number;
}

export interface FleetStore {
  loadNodes(): Promise<NodeRecord[]>;
  updateNode(record: NodeRecord): Promise<void>;
  /** With its twin and its report. */
  removeNode(node: NodeId): Promise<void>;
  loadReports(): Promise<StoredReport[]>;
  saveReports(reports: readonly StoredReport[]): Promise<void>;
}

export interface FleetOptions {
  readonly store: FleetStore;
  readonly crypto: Pick<Crypto, 'sha256'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly emit: Emit;
  readonly append: AppendToLedger;
  readonly patienceMs?: number;
}

export interface NodePage {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly status?: NodeView['status'] | undefined;
}

type NodeListener = (node: NodeId) => void;

/** Reports are written together, never one by one. */
const FLUSH_INTERVAL_MS = 3_000;
const WATCH_INTERVAL_MS = 1_000;

/** The nodes, in memory. Whatever nodes say of themselves goes in here; whoever needs a node asks here. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #nodes = new Map<NodeId, FleetNode>();
  readonly #idOfName = new Map<string, NodeId>();
  readonly #ready = new ReadyIndex();
  readonly #unsaved = new Set<NodeId>();
  readonly #listeners = {
    offline: new Set<NodeListener>(),
    birth: new Set<NodeListener>(),
    birthWanted: new Set<NodeListener>(),
    selectionChanged: new Set<() => void>(),
  };
  #timers: Timer[] = [];
  #flushing: Promise<void> = Promise.resolve();

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Everybody is offline until heard. */
  async start(): Promise<void> {
    const reports = new Map((await this.#options.store.loadReports()).map((stored) => [stored.node, stored]));
    for (const record of await this.#options.store.loadNodes()) this.#restore(record, reports.get(record.id));
    this.#every(WATCH_INTERVAL_MS, () => this.#dropOverdue());
    this.#every(FLUSH_INTERVAL_MS, () => void this.flush());
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers.splice(0)) timer.cancel();
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
    if (this.#nodes.get(node)?.presence.boot === birth.boot) this.#tell('birth', node);
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
  readonly readyNodes = (model: ModelRef): readonly NodeId[] => this.#ready.nodes(model);

  /** How many connected nodes have this version ready. */
  readonly countReady = (model: ModelRef): number => this.#ready.count(model);

  /** Versions that some connected node has ready, newest first. */
  readonly readyVersions = (name: ModelName): readonly number[] => this.#ready.versions(name);

  /** Nodes that hold a data set of this name, connected or not, by id. */
  readonly nodesHolding = (
    dataset: DatasetName,
  ): readonly { readonly node: NodeId; readonly isOnline: boolean; readonly held: HeldDataset }[] =>
    this.all().flatMap(({ record, report }) =>
      report.datasets
        .filter(({ name }) => name === dataset)
        .map((held) => ({ node: record.id, isOnline: this.isOnline(record.id), held })),
    );

  /** How a version stands on a node, if the node ever spoke of it. */
  statusOfModel(node: NodeId, { name, version }: ModelRef): ModelStatus | undefined {
    return this.#nodes.get(node)?.report.models.find((model) => model.name === name && model.version === version);
  }

  /** By id. */
  all(): readonly FleetNode[] {
    return [...this.#nodes.values()].sort((left, right) => compareText(left.record.id, right.record.id));
  }

  /** Nodes by status, for /metrics. */
  counts(): Readonly<Record<NodeView['status'], number>> {
    const counts = { enrolled: 0, online: 0, offline: 0 };
    for (const node of this.#nodes.values()) counts[statusOf(node)] += 1;
    return counts;
  }

  /** By id, after `after`. */
  list({ limit, after = '', status }: NodePage): NodeView[] {
    return this.all()
      .filter((node) => node.record.id > after && (status === undefined || statusOf(node) === status))
      .slice(0, limit)
      .map((node) => nodeView(this.#options.crypto, node));
  }

  /** By id or name. Throws NODE_NOT_FOUND. */
  get(idOrName: string): NodeView {
    return nodeView(this.#options.crypto, this.#find(idOrName));
  }

  /** The id behind an id or a name. Throws NODE_NOT_FOUND. */
  idOf(idOrName: string): NodeId {
    return this.#find(idOrName).record.id;
  }

  isNameTaken(name: string): boolean {
    return this.#idOfName.has(name) || this.#nodes.has(name as NodeId);
  }

  // What people change.

  /** Takes in a node that was enrolled and stored. */
  add(record: NodeRecord): void {
    this.#set(newNode(record));
    this.#options.emit('node.enrolled', record.id, this.get(record.id));
    this.#tellSelection();
  }

  /** Renames a node or replaces its labels. Throws NODE_NOT_FOUND, NODE_NAME_TAKEN. */
  async update(
    idOrName: string,
    { name, labels }: { readonly name?: string | undefined; readonly labels?: Record<string, string> | undefined },
  ): Promise<NodeView> {
    const { record } = this.#find(idOrName);
    const changed = { ...record, name: name ?? record.name, labels: labels ?? record.labels };
    if (changed.name !== record.name && this.isNameTaken(changed.name)) {
      throw new SedgeError('NODE_NAME_TAKEN', `there is a node ${changed.name}`, { expose: true });
    }
    this.#idOfName.set(changed.name, record.id);
    await this.#options.store.updateNode(changed);
    const current = this.#find(record.id);
    this.#set({ ...current, record: changed });
    this.#emitChange(record.id);
    this.#tellSelection();
    return this.get(record.id);
  }

  /** Forgets a node: its key is no longer accepted. Throws NODE_NOT_FOUND. */
  async remove(idOrName: string): Promise<NodeId> {
    const { record } = this.#find(idOrName);
    await this.#options.append('node.removed', { node: record.id, name: record.name });
    this.#forget(record);
    await this.#options.store.removeNode(record.id);
    this.#options.emit('node.removed', record.id, { id: record.id, name: record.name });
    this.#tell('offline', record.id);
    this.#tellSelection();
    return record.id;
  }

  /** For the view: which twin the coordinator wants. */
  setDesiredVersion(node: NodeId, desiredVersion: number): void {
    const known = this.#nodes.get(node);
    if (known !== undefined) this.#nodes.set(node, { ...known, desiredVersion });
  }

  // Who wants to hear. Each returns its undoing.

  /** A node was lost: by its will, by silence, by a new boot, or because it was removed. */
  onOffline(listener: NodeListener): () => void {
    return listen(this.#listeners.offline, listener);
  }

  /** A birth was heard: the node is there and wants its twin. */
  onBirthHeard(listener: NodeListener): () => void {
    return listen(this.#listeners.birth, listener);
  }

  /** The coordinator should ask the node for a birth. */
  onBirthWanted(listener: NodeListener): () => void {
    return listen(this.#listeners.birthWanted, listener);
  }

  /** Nodes came or went, or names or labels changed: what is selected by them may be others now. */
  onSelectionChanged(listener: () => void): () => void {
    return listen(this.#listeners.selectionChanged, listener);
  }

  /** Writes what was heard since the last time, in one transaction. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#flushNow());
    return this.#flushing;
  }

  async #flushNow(): Promise<void> {
    const nodes = [...this.#unsaved].flatMap((id) => this.#nodes.get(id) ?? []);
    this.#unsaved.clear();
    if (nodes.length === 0) return;
    try {
      await this.#options.store.saveReports(nodes.map(storedReport));
    } catch (error) {
      // The next flush tries again: nothing is lost but time.
      for (const { record } of nodes) this.#unsaved.add(record.id);
      this.#options.log.error('reports of nodes could not be stored', { nodes: nodes.length, error });
    }
  }

  #hear(id: NodeId, apply: (node: FleetNode, at: Moment) => Applied): void {
    const before = this.#nodes.get(id);
    if (before === undefined) return;
    const at = { wallMs: this.#options.clock.now(), monotonicMs: this.#options.clock.monotonicMs() };
    const { node, askBirth } = apply(before, at);
    if (node === before) return;
    this.#set(node);
    this.#unsaved.add(id);
    this.#tellOfChange(before, node);
    if (askBirth) this.#tell('birthWanted', id);
  }

  #tellOfChange(before: FleetNode, after: FleetNode): void {
    const wasRestarted = before.presence.boot !== undefined && before.presence.boot !== after.presence.boot;
    const wasLost = before.presence.isConnected && (wasRestarted || !after.presence.isConnected);
    if (changeKey(before) !== changeKey(after)) this.#emitChange(after.record.id);
    if (wasLost) this.#tell('offline', after.record.id);
  }

  #dropOverdue(): void {
    const nowMs = this.#options.clock.monotonicMs();
    const patienceMs = this.#options.patienceMs ?? limits.heartbeatPatienceMs;
    for (const node of this.#nodes.values()) {
      if (!isOverdue(node.presence, nowMs, patienceMs)) continue;
      const gone = { ...node, presence: lost(node.presence) };
      this.#set(gone);
      this.#unsaved.add(node.record.id);
      this.#tellOfChange(node, gone);
    }
  }

  #restore(record: NodeRecord, stored: StoredReport | undefined): void {
    const fresh = newNode(record);
    if (stored === undefined) return this.#set(fresh);
    const { report, wasBorn, lastSeenAtMs } = stored;
    this.#set({
      ...fresh,
      presence: UNHEARD,
      report,
      wasBorn,
      ...(lastSeenAtMs === undefined ? {} : { lastSeenAtMs }),
    });
  }

  #set(node: FleetNode): void {
    const { id, name } = node.record;
    const before = this.#nodes.get(id)?.record.name;
    if (before !== undefined && before !== name) this.#idOfName.delete(before);
    this.#idOfName.set(name, id);
    this.#nodes.set(id, node);
    this.#ready.set(id, statusOf(node) === 'online' ? readyModels(node) : []);
  }

  #forget({ id, name }: NodeRecord): void {
    this.#nodes.delete(id);
    this.#idOfName.delete(name);
    this.#unsaved.delete(id);
    this.#ready.set(id, []);
  }

  #find(idOrName: string): FleetNode {
    const id = this.#idOfName.get(idOrName) ?? (idOrName as NodeId);
    const node = this.#nodes.get(id);
    if (node === undefined) throw new SedgeError('NODE_NOT_FOUND', `there is no node ${idOrName}`, { expose: true });
    return node;
  }

  #emitChange(id: NodeId): void {
    this.#options.emit('node.changed', id, this.get(id));
  }

  #tell(what: 'offline' | 'birth' | 'birthWanted', node: NodeId): void {
    for (const listener of this.#listeners[what]) this.#guarded(() => listener(node));
  }

  #tellSelection(): void {
    for (const listener of this.#listeners.selectionChanged) this.#guarded(listener);
  }

  /** A listener that fails must not keep the others from hearing. */
  #guarded(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#options.log.error('a listener of the fleet failed', { error });
    }
  }

  #every(intervalMs: number, run: () => void): void {
    const slot = this.#timers.length;
    const again = (): void => {
      this.#timers[slot] = this.#options.clock.setTimer(intervalMs, () => {
        again();
        run();
      });
    };
    again();
  }
}

function readyModels({ report }: FleetNode): ModelRef[] {
  return report.models.filter(({ state }) => state === 'ready').map(({ name, version }) => ({ name, version }));
}

/** What makes a change worth telling: not resources, which move all the time. */
function changeKey(node: FleetNode): string {
  const { agent, datasets, models, twinVersion } = node.report;
  return JSON.stringify([statusOf(node), node.presence.boot, agent, datasets, models, twinVersion]);
}

function storedReport({ record, report, wasBorn, lastSeenAtMs }: FleetNode): StoredReport {
  return { node: record.id, report, wasBorn, ...(lastSeenAtMs === undefined ? {} : { lastSeenAtMs }) };
}

function listen<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
