import { type ModelRef, type NodeId, SedgeError } from '@sedge/protocol';
import { type FleetNode, statusOf } from './fleet-node.ts';
import { ReadyIndex } from './ready-index.ts';

/** The nodes by id and by name, and which of them have which model ready. */
export class NodeTable {
  readonly ready = new ReadyIndex();
  readonly #nodes = new Map<NodeId, FleetNode>();
  readonly #idOfName = new Map<string, NodeId>();

  get(node: NodeId): FleetNode | undefined {
    return this.#nodes.get(node);
  }

  /** By id or name. Throws NODE_NOT_FOUND. */
  find(idOrName: string): FleetNode {
    const node = this.#nodes.get(this.#idOfName.get(idOrName) ?? (idOrName as NodeId));
    if (node === undefined) throw new SedgeError('NODE_NOT_FOUND', `there is no node ${idOrName}`, { expose: true });
    return node;
  }

  /** An id counts as a name too: the two are looked up in one place. */
  isNameTaken(name: string): boolean {
    return this.#idOfName.has(name) || this.#nodes.has(name as NodeId);
  }

  /** In no order. */
  values(): Iterable<FleetNode> {
    return this.#nodes.values();
  }

  byId(): FleetNode[] {
    return [...this.#nodes.values()].sort((left, right) => (left.record.id < right.record.id ? -1 : 1));
  }

  set(node: FleetNode): void {
    const { id, name } = node.record;
    const before = this.#nodes.get(id);
    if (before !== undefined && before.record.name !== name) this.#idOfName.delete(before.record.name);
    this.#idOfName.set(name, id);
    this.#nodes.set(id, node);
    if (before === undefined || isServedOtherwise(before, node)) this.ready.set(id, readyModels(node));
  }

  delete({ record: { id, name } }: FleetNode): void {
    this.#nodes.delete(id);
    this.#idOfName.delete(name);
    this.ready.set(id, []);
  }
}

function isServedOtherwise(before: FleetNode, after: FleetNode): boolean {
  return before.report.models !== after.report.models || statusOf(before) !== statusOf(after);
}

function readyModels(node: FleetNode): ModelRef[] {
  if (statusOf(node) !== 'online') return [];
  const ready = node.report.models.filter(({ state }) => state === 'ready');
  return ready.map(({ name, version }) => ({ name, version }));
}
