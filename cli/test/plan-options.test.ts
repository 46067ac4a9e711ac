import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPlan } from '@sedge/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planOf } from '../src/plan-options.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sedge-plan-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileOf(text: string): Promise<string> {
  const path = join(folder, 'plan.json');
  await writeFile(path, text);
  return path;
}

describe('planOf', () => {
  it('makes a whole plan of options alone', async () => {
    const plan = await planOf({
      model: 'digits@2',
      dataset: 'pixels',
      rounds: 20,
      cohort: 'poisson:0.5',
      clipNorm: 1,
      noiseMultiplier: 4,
      delta: 1e-3,
      epsilonMax: 6,
      roundTimeout: 1.5,
      evaluate: 'held-out',
    });
    expect(runPlan.parse(plan)).toMatchObject({
      model: { name: 'digits', version: 2 },
      cohort: { sampling: 'poisson', rate: 0.5 },
      local: { epochs: 1, batchSize: 16, learningRate: 0.1 },
      privacy: { clipNorm: 1, noiseMultiplier: 4, delta: 1e-3, epsilonMax: 6 },
      roundTimeoutMs: 1_500,
      evaluation: { dataset: 'held-out' },
    });
  });

  it('changes single fields of a file, and leaves an unknown one for the coordinator to refuse', async () => {
    const file = { rounds: 3, local: { epochs: 2, batchSize: 8, learningRate: 0.5 }, noiseMultipler: 1 };
    const plan = await planOf({ plan: await fileOf(JSON.stringify(file)), rounds: 4, epochs: 5 });
    expect(plan).toEqual({ ...file, rounds: 4, local: { epochs: 5, batchSize: 8, learningRate: 0.5 } });
  });

  it.each([
    ['{ "rounds": 3', 'BAD_JSON'],
    ['[1]', 'PLAN_INVALID'],
  ])('refuses the file %j with %s', async (text, code) => {
    await expect(planOf({ plan: await fileOf(text) })).rejects.toMatchObject({ code });
  });

  it('refuses a file that is not there with USAGE that names it', async () => {
    const plan = join(folder, 'missing.json');
    await expect(planOf({ plan })).rejects.toMatchObject({
      code: 'USAGE',
      detail: expect.stringContaining('missing.json') as string,
    });
  });
});
