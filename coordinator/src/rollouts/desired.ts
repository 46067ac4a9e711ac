import { type EngineName, modelKey, type ModelRef, type NodeId } from '@sedge/protocol';
import type { NodeSelector } from '@sedge/protocol/routes';

/** What deployments are matched against. */
export interface SelectableNode {
  readonly id: NodeId;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a deployment says of nodes. */
export interface Wish {
  readonly model: ModelRef;
  readonly selector: NodeSelector;
  /** The engine that an operator chose. */
  readonly engine?: EngineName;
}

/** A version that a node should have, with the engine that it is pinned to. */
export interface DesiredModel extends ModelRef {
  readonly engine?: EngineName;
}

/** The versions that a node should have: each once, by name and version. A pin holds beside deployments without one. */
export function desiredModels(deployments: readonly Wish[], node: SelectableNode): DesiredModel[] {
  const wanted = new Map<string, DesiredModel>();
  for (const { model, selector, engine = wanted.get(modelKey(model))?.engine } of deployments) {
    if (!selects(selector, node)) continue;
    wanted.set(modelKey(model), { ...model, ...(engine === undefined ? {} : { engine }) });
  }
  return [...wanted.values()].sort(byNameAndVersion);
}

/** The deployment that pins the same version to another engine, if there is one. */
export function conflictingPin<Deployment extends Wish>(
  deployments: readonly Deployment[],
  { model, engine }: Wish,
): Deployment | undefined {
  if (engine === undefined) return undefined;
  const isOther = (pin: EngineName | undefined): boolean => pin !== undefined && pin !== engine;
  return deployments.find((other) => modelKey(other.model) === modelKey(model) && isOther(other.engine));
}

export function selects(selector: NodeSelector, { id, name, labels }: SelectableNode): boolean {
  if (selector === 'all') return true;
  if ('nodes' in selector) return selector.nodes.includes(id) || selector.nodes.includes(name);
  return Object.entries(selector.labels).every(([key, value]) => labels[key] === value);
}

export function isSameList(left: readonly DesiredModel[], right: readonly DesiredModel[]): boolean {
  return left.length === right.length && left.every((model, at) => isSame(model, right[at]));
}

function isSame(left: DesiredModel, right: DesiredModel | undefined): boolean {
  return right !== undefined && modelKey(left) === modelKey(right) && left.engine === right.engine;
}

function byNameAndVersion(left: ModelRef, right: ModelRef): number {
  if (left.name !== right.name) return left.name < right.name ? -1 : 1;
  return left.version - right.version;
}
