import { activeNames } from '../backward/active-names.ts';
import type { OnnxGraph, OnnxNode } from '../codec/messages.ts';
import type { RuleTable } from '../rules/rule.ts';
import { isRecurrent } from '../unroll/unroll-recurrent.ts';

/** Nodes between the parameters and the output of a pruned graph that have no rule. */
export function nodesWithoutRule(
  graph: OnnxGraph,
  parameters: readonly string[],
  rules: RuleTable,
): readonly OnnxNode[] {
  const active = activeNames(graph.nodes, parameters);
  return graph.nodes.filter(
    ({ opType, inputs, outputs }) =>
      !Object.hasOwn(rules, opType) &&
      !isRecurrent(opType) &&
      outputs.some((name) => active.has(name)) &&
      inputs.some((name) => active.has(name)),
  );
}

/** Those of the parameters on which the output depends. */
export function parametersInReach(
  graph: OnnxGraph,
  parameters: readonly string[],
  output: string,
): ReadonlySet<string> {
  const reaching = new Set([output]);
  for (const { inputs, outputs } of graph.nodes.toReversed()) {
    if (outputs.some((name) => reaching.has(name))) for (const name of inputs) reaching.add(name);
  }
  return new Set(parameters.filter((name) => reaching.has(name)));
}
