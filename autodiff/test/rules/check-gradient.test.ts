import { describe, expect, it } from 'vitest';
import type { RuleContext } from '../../src/rules/rule-context.ts';
import type { GradientRule, RuleTable } from '../../src/rules/rule.ts';
import { ruleTable } from '../../src/rules/rule-table.ts';
import { checkGradient, type GradientCase, variable } from './check-gradient.ts';

function withRule(opType: string, gradient: GradientRule): RuleTable {
  return { ...ruleTable, [opType]: { gradient } };
}

const product: GradientCase = {
  name: 'of a matrix and a row',
  opType: 'Mul',
  inputs: [variable([2, 3]), variable([3])],
};
const quotient: GradientCase = { ...product, opType: 'Div', inputs: [variable([3]), variable([3], [0.5, 2])] };

/** What the right rule says, changed. */
function changed(opType: string, change: (context: RuleContext, gradient: string) => string): RuleTable {
  const right = ruleTable[opType]?.gradient;
  return withRule(opType, (context) =>
    (right?.(context) ?? []).map((gradient) => gradient && change(context, gradient)),
  );
}

describe('checkGradient', () => {
  it('finds the rules as they are right', async () => {
    expect((await checkGradient(product)).relative).toBeLessThan(1e-3);
    expect((await checkGradient(quotient)).relative).toBeLessThan(1e-3);
  });

  it('catches a gradient that is one percent too large', async () => {
    const rules = changed('Mul', ({ emit }, gradient) => emit.scale(gradient, 1.01));
    expect((await checkGradient(product, rules)).relative).toBeGreaterThan(5e-3);
  });

  it('catches a wrong sign', async () => {
    const rules = changed('Div', ({ emit }, gradient) => emit.neg(gradient));
    expect((await checkGradient(quotient, rules)).relative).toBeGreaterThan(1);
  });

  it('catches a gradient that is missing', async () => {
    const rules = withRule('Mul', (context) => [ruleTable['Mul']?.gradient(context)[0], undefined]);
    expect((await checkGradient(product, rules)).relative).toBeGreaterThan(0.5);
  });

  it('catches the gradients of two inputs exchanged', async () => {
    const rules = withRule('Div', (context) => [...(ruleTable['Div']?.gradient(context) ?? [])].reverse());
    expect((await checkGradient(quotient, rules)).relative).toBeGreaterThan(0.5);
  });

  it('catches a gradient that is not a number', async () => {
    const rules = changed('Div', ({ emit }, gradient) => emit.op('Log', [emit.neg(emit.op('Abs', [gradient]))]));
    expect((await checkGradient(quotient, rules)).relative).toBe(Infinity);
  });

  it('catches a gradient that was not summed over the axes of broadcasting', async () => {
    const rules = withRule('Mul', (context) => [
      undefined,
      context.emit.mul(context.gradient(), context.input(0).name),
    ]);
    await expect(checkGradient(product, rules)).rejects.toThrow('the gradient has shape [2,3], its value [3]');
  });
});
