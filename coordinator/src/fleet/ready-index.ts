import { modelKey, type ModelName, type ModelRef, type NodeId } from '@sedge/protocol';

/** Which connected nodes have which version ready: asked for each inference, so not searched for. */
export class ReadyIndex {
  readonly #nodesOf = new Map<string, Set<NodeId>>();
  readonly #versionsOf = new Map<ModelName, Set<number>>();
  readonly #modelsOf = new Map<NodeId, readonly ModelRef[]>();

  /** What a node has ready from now on; nothing for one that is gone. */
  set(node: NodeId, models: readonly ModelRef[]): void {
    for (const model of this.#modelsOf.get(node) ?? []) this.#remove(node, model);
    if (models.length === 0) this.#modelsOf.delete(node);
    else this.#modelsOf.set(node, models);
    for (const model of models) this.#add(node, model);
  }

  nodes(model: ModelRef): readonly NodeId[] {
    return [...(this.#nodesOf.get(modelKey(model)) ?? [])];
  }

  count(model: ModelRef): number {
    return this.#nodesOf.get(modelKey(model))?.size ?? 0;
  }

  /** Newest first. */
  versions(name: ModelName): readonly number[] {
    return [...(this.#versionsOf.get(name) ?? [])].sort((left, right) => right - left);
  }

  #add(node: NodeId, model: ModelRef): void {
    const key = modelKey(model);
    const nodes = this.#nodesOf.get(key) ?? new Set();
    this.#nodesOf.set(key, nodes.add(node));
    const versions = this.#versionsOf.get(model.name) ?? new Set();
    this.#versionsOf.set(model.name, versions.add(model.version));
  }

  #remove(node: NodeId, model: ModelRef): void {
    const nodes = this.#nodesOf.get(modelKey(model));
    nodes?.delete(node);
    if (nodes === undefined || nodes.size > 0) return;
    this.#nodesOf.delete(modelKey(model));
    const versions = this.#versionsOf.get(model.name);
    versions?.delete(model.version);
    if (versions?.size === 0) this.#versionsOf.delete(model.name);
  }
}
