import { modelKey, type ModelRef, type NodeId } from '@sedge/protocol';
import type { NodeSelector } from '@sedge/protocol/routes';

/** What deployments are matched against. */
export interface SelectableNode {
  readonly id: NodeId;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The versions that a node should have: each once, by name and version. */
export function desiredModels(
  deployments: readonly { readonly model: ModelRef; readonly selector: NodeSelector }[],
  node: SelectableNode,
): ModelRef[] {
  const wanted = new Map<string, ModelRef>();
  for (const { model, selector } of deployments) {
    if (selects(selector, node)) wanted.set(modelKey(model), model);
  }
  return [...wanted.values()].sort(byNameAndVersion);
}

export function selects(selector: NodeSelector, { id, name, labels }: SelectableNode): boolean {
  if (selector === 'all') return true;
  if ('nodes' in selector) return selector.nodes.includes(id) || selector.nodes.includes(name);
  return Object.entries(selector.labels).every(([key, value]) => labels[key] === value);
}

export function isSameList(left: readonly ModelRef[], right: readonly ModelRef[]): boolean {
  return left.length === right.length && left.every((model, at) => modelKey(model) === modelKey(right[at] ?? model));
}

function byNameAndVersion(left: ModelRef, right: ModelRef): number {
  if (left.name !== right.name) return left.name < right.name ? -1 : 1;
  return left.version - right.version;
}
