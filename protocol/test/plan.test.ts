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

  it('refuses a stop rule without an evaluation', () => {
    expect(runPlan.safeParse({ ...plan, stop: { accuracyMin: 0.9 } }).success).toBe(false);
  });
});
