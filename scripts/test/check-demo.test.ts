import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from './support/programs.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sedge-check-demo-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const good = {
  nodes: 50,
  dataset: { origin: 'shared' },
  inference: { requests: 400, failed: 0, p50Ms: 20, p99Ms: 90 },
  training: { plain: { rounds: 20, accuracy: 0.94 }, private: { rounds: 20, accuracy: 0.8, epsilon: 4, delta: 1e-3 } },
  exported: { maxDifference: 1e-7 },
  seconds: { total: 60 },
};

async function checked(summary: object) {
  const path = join(folder, 'summary.json');
  await writeFile(path, JSON.stringify(summary));
  return runProgram('scripts/runner/check-demo.mjs', [path]);
}

describe('the check of the demonstration', () => {
  it('takes a summary that reaches every figure', async () => {
    expect(await checked(good)).toMatchObject({ status: 0 });
  });

  it.each([
    ['a request failed', { inference: { ...good.inference, failed: 1 } }],
    ['plain accuracy is too low', { training: { ...good.training, plain: { rounds: 20, accuracy: 0.9 } } }],
    ['epsilon is too high', { training: { ...good.training, private: { ...good.training.private, epsilon: 6.1 } } }],
    ['the exported model answers otherwise', { exported: { maxDifference: 2e-5 } }],
    ['the difference is no number', { exported: { maxDifference: null } }],
    ['it took too long', { seconds: { total: 151 } }],
  ])('refuses one in which %s', async (_, change) => {
    const { status, stdout } = await checked({ ...good, ...change });
    expect(status).toBe(1);
    expect(stdout).toContain('FAILS: ');
  });
});
