import type { OnnxNode } from '../codec/messages.ts';
import type { RuleContext } from './rule-context.ts';

/**
 * The gradients of a node's inputs, in their order, from those of its outputs. Undefined for an input that has none
 * (an index, a shape) or whose gradient is not wanted.
 */
export type GradientRule = (context: RuleContext) => readonly (string | undefined)[];

export interface OperatorRule {
  readonly gradient: GradientRule;
  /** The forward node as the gradient needs it, when it needs more outputs than the model asks for. */
  readonly prepare?: (node: OnnxNode) => OnnxNode;
}

/** Rules by operator type of the standard domain, as of TARGET_OPSET. */
export type RuleTable = Readonly<Record<string, OperatorRule>>;
