import { describe, expect, it } from 'vitest';
import { runPlan } from '../src/index.ts';

const plan = {
  model: { name: 'digits', version: 1 },
  dataset: 'digits',
  rounds: 20,
  local: { epochs: 1, batchSize: 16, learningRate: 0.1 },
};

describe('run plan', () => {
  it('fills what was left out, so that later code never meets a missing value', () => {
    expect(runPlan.parse(plan)).toMatchObject({
      cohort: { sampling: 'all' },
      strategy: { name: 'fedavg', serverLearningRate: 1 },
      updatesMin: 1,
      local: { proximal: 0 },
    });
  });

  it('refuses a misspelt field at every depth, so that nothing trains without the privacy that was meant', () => {
    for (const misspelt of [
      { privcy: {} },
      { local: { ...plan.local, learningrate: 1 } },
      { privacy: { clipNorm: 1, noiseMultiplyer: 4, delta: 1e-3, epsilonMax: 6 } },
    ]) {
      expect(runPlan.safeParse({ ...plan, ...misspelt }).success).toBe(false);
    }
  });

  it.each([
    ['a local run without a node', { kind: 'local', rounds: 1 }, 'node'],
    ['a local run of many rounds', { kind: 'local', node: 'pi-1' }, 'rounds'],
    [
      'privacy where the one node is named',
      {
        kind: 'local',
        node: 'pi-1',
        rounds: 1,
        privacy: { clipNorm: 1, noiseMultiplier: 4, delta: 1e-3, epsilonMax: 6 },
      },
      'privacy',
    ],
    ['training settings in an evaluation', { kind: 'evaluation', rounds: 1 }, 'local'],
    ['a result of an evaluation', { kind: 'evaluation', rounds: 1, local: undefined, publishAs: 'x' }, 'publishAs'],
    ['a federated run with a node', { node: 'pi-1' }, 'node'],
    ['a federated run on a set of the coordinator', { heldBy: 'coordinator' }, 'heldBy'],
    ['a federated run that says nothing of training', { local: undefined }, 'local'],
  ])('refuses %s, and names the field', (_, more, field) => {
    const { error } = runPlan.safeParse({ ...plan, ...more });
    expect(error?.issues.map(({ path }) => path.join('.'))).toContain(field);
  });

  it('takes a local run and both kinds of evaluation', () => {
    const { local, model, dataset } = plan;
    for (const taken of [
      { kind: 'local', model, dataset, local, node: 'pi-1', publishAs: 'mine', evaluation: { dataset: 'test' } },
      { kind: 'evaluation', model, dataset },
      { kind: 'evaluation', model, dataset, heldBy: 'coordinator' },
    ]) {
      expect(runPlan.safeParse(taken).error).toBeUndefined();
    }
  });

  it.each([
    [{ name: 'momentum' }, { name: 'momentum', momentum: 0.9 }],
    [{ name: 'adam' }, { name: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }],
  ])('fills the optimizer %j as PyTorch does', (optimizer, whole) => {
    expect(runPlan.parse({ ...plan, local: { ...plan.local, optimizer } }).local?.optimizer).toEqual(whole);
  });

  it.each([
    { name: 'sgd', momentum: 0.9 },
    { name: 'adam', beta3: 0.9 },
    { name: 'nesterov', momentum: 0 },
    { name: 'lion' },
  ])('refuses the optimizer %j', (optimizer) => {
    expect(runPlan.safeParse({ ...plan, local: { ...plan.local, optimizer } }).success).toBe(false);
  });

  it('refuses a stop rule without an evaluation', () => {
    expect(runPlan.safeParse({ ...plan, stop: { accuracyMin: 0.9 } }).success).toBe(false);
  });
});
