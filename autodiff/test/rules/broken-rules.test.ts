import { describe, expect, it } from 'vitest';
import { intAttribute, intsAttribute, textAttribute } from '../../src/graph/attributes.ts';
import type { RuleContext } from '../../src/rules/rule-context.ts';
import type { GradientRule } from '../../src/rules/rule.ts';
import { ruleTable } from '../../src/rules/rule-table.ts';
import { tensorOf } from '../../src/tensors/tensor-of.ts';
import { checkGradient, type GradientCase, integers, variable } from './check-gradient.ts';

interface Broken {
  readonly mistake: string;
  readonly testCase: Omit<GradientCase, 'name'>;
  readonly rule: GradientRule;
}

function rightRule(context: RuleContext): ReturnType<GradientRule> {
  return ruleTable[context.node.opType]?.gradient(context) ?? [];
}

/** What is right for the case, changed for one input. */
function changed(index: number, change: (context: RuleContext, gradient: string) => string): GradientRule {
  return (context) =>
    rightRule(context).map((gradient, at) => (gradient && at === index ? change(context, gradient) : gradient));
}

const kernel = { strides: intsAttribute([2, 2]) };

/** Mistakes that are easily made in these families, each of which the comparison must notice. */
const BROKEN: readonly Broken[] = [
  {
    mistake: 'Gather that keeps one of two equal rows',
    testCase: { opType: 'Gather', inputs: [variable([3, 2]), integers([1, 1])] },
    rule: (context) => {
      const { emit } = context;
      const places = emit.op('Unsqueeze', [context.input(1).name, emit.integers([-1])]);
      return [emit.op('ScatterND', [emit.zeros(context.input(0).dims), places, context.gradient()])];
    },
  },
  {
    mistake: 'ScatterElements that gives overwritten values a gradient',
    testCase: { opType: 'ScatterElements', inputs: [variable([2, 2]), integers([1, 0], [1, 2]), variable([1, 2])] },
    rule: (context) => [context.gradient(), ...rightRule(context).slice(1)],
  },
  {
    mistake: 'CumSum that sums forwards again',
    testCase: { opType: 'CumSum', inputs: [variable([4]), tensorOf('', [], BigInt64Array.of(0n))] },
    rule: (context) => [context.emit.op('CumSum', [context.gradient(), context.node.inputs[1] ?? ''])],
  },
  {
    mistake: 'ReduceL2 that forgets to divide by the norm',
    testCase: { opType: 'ReduceL2', inputs: [variable([2, 3]), integers([1])] },
    rule: (context) => [context.emit.mul(context.gradient(), context.input(0).name)],
  },
  {
    mistake: 'ReduceLogSumExp that takes all for equally large',
    testCase: { opType: 'ReduceLogSumExp', inputs: [variable([2, 3], [-2, 2]), integers([1])] },
    rule: (context) => [context.emit.expand(context.emit.scale(context.gradient(), 1 / 3), context.input(0).dims)],
  },
  {
    mistake: 'ConvTranspose whose kernel has rows for columns',
    testCase: { opType: 'ConvTranspose', inputs: [variable([1, 1, 2, 2]), variable([1, 1, 2, 2])], attributes: kernel },
    rule: changed(1, ({ emit }, gradient) => emit.transpose(gradient, [0, 1, 3, 2])),
  },
  {
    mistake: 'InstanceNormalization with the statistics taken for constants',
    testCase: { opType: 'InstanceNormalization', inputs: [variable([1, 2, 4]), variable([2]), variable([2])] },
    rule: (context) => {
      const { emit } = context;
      const scale = emit.reshape(context.input(1).name, [1, 2, 1]);
      return [emit.mul(context.gradient(), scale), ...rightRule(context).slice(1)];
    },
  },
  {
    mistake: 'Einsum that forgets to repeat an axis that was summed',
    testCase: {
      opType: 'Einsum',
      inputs: [variable([2, 3]), variable([3, 2])],
      attributes: { equation: textAttribute('ij,jk->ik') },
    },
    rule: (context) => {
      const { emit } = context;
      const sum = emit.reduceSum(context.gradient(), [1], true);
      return [emit.expand(sum, context.input(0).dims), rightRule(context)[1]];
    },
  },
  {
    mistake: 'Resize that gives every place the same share',
    testCase: {
      opType: 'Resize',
      inputs: [variable([1, 1, 3]), '', '', integers([1, 1, 5])],
      attributes: { mode: textAttribute('linear') },
    },
    rule: (context) => {
      const { emit } = context;
      const mean = emit.reduceMean(context.gradient(), [2], true);
      return [emit.expand(emit.scale(mean, 5 / 3), context.input(0).dims)];
    },
  },
  {
    mistake: 'SoftmaxCrossEntropyLoss that divides by all labels, ignored ones too',
    testCase: {
      opType: 'SoftmaxCrossEntropyLoss',
      inputs: [variable([3, 2]), integers([0, 1, 1])],
      attributes: { ignore_index: intAttribute(0) },
    },
    rule: changed(0, ({ emit }, gradient) => emit.scale(gradient, 2 / 3)),
  },
  {
    mistake: 'Tile that takes the first copy only',
    testCase: { opType: 'Tile', inputs: [variable([2]), integers([3])] },
    rule: (context) => {
      const { emit } = context;
      return [emit.op('Slice', [context.gradient(), emit.integers([0]), emit.integers([2])])];
    },
  },
];

describe('checkGradient catches', () => {
  it.each(BROKEN.map((broken) => [broken.mistake, broken] as const))('%s', async (mistake, { testCase, rule }) => {
    const named = { ...testCase, name: mistake };
    const right = await checkGradient(named);
    expect(right.relative).toBeLessThan(1e-3);
    const wrong = await checkGradient(named, { ...ruleTable, [testCase.opType]: { gradient: rule } });
    expect(wrong.relative).toBeGreaterThan(0.02);
  });
});
