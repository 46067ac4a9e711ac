import type { OnnxNode } from '../codec/messages.ts';
import { describeNode } from '../graph/describe-node.ts';
import { OnnxError } from '../onnx-error.ts';
import type { Emitter } from '../rules/emitter.ts';
import { RuleContext } from '../rules/rule-context.ts';
import type { OperatorRule, RuleTable } from '../rules/rule.ts';
import type { ValueTable } from '../shapes/value-table.ts';
import { activeNames } from './active-names.ts';

export interface BackwardRequest {
  /** In the order in which they compute; they stand in the emitter's graph already. */
  readonly nodes: readonly OnnxNode[];
  readonly values: ValueTable;
  readonly rules: RuleTable;
  readonly emit: Emitter;
  /** Gradients that are known at the start, by the value that they belong to: the loss's, usually. */
  readonly seeds: ReadonlyMap<string, string>;
  /** Values whose gradients are asked for. */
  readonly wanted: readonly string[];
}

/**
 * Reverse accumulation (Griewank and Walther, Evaluating Derivatives, chapter 3): writes the nodes that compute the
 * gradients of the wanted values. A value on which no seed depends is absent from the result.
 */
export function backward(request: BackwardRequest): ReadonlyMap<string, string> {
  const { nodes, values, rules, emit, seeds, wanted } = request;
  const active = activeNames(nodes, wanted, values);
  const shares = new Map(Array.from(seeds, ([name, gradient]) => [name, [gradient]]));
  const totals = new Map<string, string>();
  for (const node of nodes.toReversed()) {
    if (!settle(node.outputs, shares, totals, emit) || !node.inputs.some((name) => active.has(name))) continue;
    const { gradient } = ruleOf(node, rules);
    const gradients = gradient(new RuleContext(node, emit, values, totals, active));
    node.inputs.forEach((name, index) => share(shares, active, name, gradients[index]));
  }
  settle(wanted, shares, totals, emit);
  return new Map(wanted.flatMap((name) => entryOf(totals, name)));
}

/** Adds up what every user of a value gave to its gradient. False when no value got anything. */
function settle(
  names: readonly string[],
  shares: ReadonlyMap<string, readonly string[]>,
  totals: Map<string, string>,
  emit: Emitter,
): boolean {
  for (const name of names) {
    const given = shares.get(name);
    if (given !== undefined && !totals.has(name)) totals.set(name, emit.total(given));
  }
  return names.some((name) => totals.has(name));
}

function share(
  shares: Map<string, string[]>,
  active: ReadonlySet<string>,
  name: string,
  gradient: string | undefined,
): void {
  if (gradient === undefined || !active.has(name)) return;
  const given = shares.get(name);
  if (given === undefined) shares.set(name, [gradient]);
  else given.push(gradient);
}

function ruleOf(node: OnnxNode, rules: RuleTable): OperatorRule {
  const rule = Object.hasOwn(rules, node.opType) ? rules[node.opType] : undefined;
  if (rule === undefined) throw new OnnxError('NO_GRADIENT', `${describeNode(node)} has no gradient rule`);
  return rule;
}

function entryOf(totals: ReadonlyMap<string, string>, name: string): [string, string][] {
  const total = totals.get(name);
  return total === undefined ? [] : [[name, total]];
}
