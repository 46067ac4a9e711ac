import { fakeClock } from '@sedge/kit/testing';
import { describe, expect, it } from 'vitest';
import { Client } from '../src/client.ts';
import { watchRun } from '../src/run-watch.ts';
import { fakeDoor, jsonReply } from './fake-door.ts';

const digest = `sha256:${'0'.repeat(64)}`;
const at = '2026-01-01T00:00:00.000Z';

function runOf(more: object) {
  const plan = {
    model: { name: 'm', version: 1 },
    dataset: 'd',
    rounds: 2,
    local: { epochs: 1, batchSize: 1, learningRate: 1 },
    publishAs: 'result',
  };
  return { id: 'run-1', state: 'running', plan, population: 3, round: 1, weights: digest, createdAt: at, ...more };
}

function roundOf(round: number) {
  const counts = { cohort: 3, updates: 3, declined: 0, missing: 0 };
  return { round, outcome: 'completed', ...counts, weights: digest, accuracy: 0.5, seconds: 1.25, endedAt: at };
}

/** A run that is one step further each time it is asked for. */
function doorOf(runs: readonly object[], rounds: readonly (readonly object[])[]) {
  let asked = -1;
  return fakeDoor({
    'GET /api/v1/runs/run-1': () => jsonReply(runs[(asked = Math.min(asked + 1, runs.length - 1))]),
    'GET /api/v1/runs/run-1/rounds': () => jsonReply({ items: rounds[Math.min(asked, rounds.length - 1)] }),
  });
}

async function watched(runs: readonly object[], rounds: readonly (readonly object[])[]) {
  const door = doorOf(runs, rounds);
  const client = new Client({ url: 'http://door.test', fetch: door.fetch });
  const clock = fakeClock();
  const told: string[] = [];
  const progress = { isDone: false };
  const output = { heading: (line: string) => told.push(line), round: (line: string) => told.push(line) };
  const watching = watchRun(client, 'run-1', { clock }, output).finally(() => {
    progress.isDone = true;
  });
  while (!progress.isDone) await clock.advance(250);
  return { told, run: await watching };
}

describe('watchRun', () => {
  it('tells each round once, in the columns of its heading', async () => {
    const published = { name: 'result', version: 1 };
    const runs = [runOf({}), runOf({}), runOf({ state: 'finished', published })];
    const { told, run } = await watched(runs, [[], [roundOf(1)], [roundOf(1), roundOf(2)]]);
    expect(told.map((line) => line.trim().split(/ +/)[0])).toEqual(['ROUND', '1', '2']);
    expect(run.published).toEqual(published);
  });

  it('waits while the result is being published', async () => {
    const published = { name: 'result', version: 4 };
    const runs = [
      runOf({ state: 'publishing' }),
      runOf({ state: 'publishing' }),
      runOf({ state: 'finished', published }),
    ];
    expect((await watched(runs, [[]])).run.published).toEqual(published);
  });

  it('ends with a run whose result could not be published', async () => {
    const error = { code: 'VERSION_EXISTS', detail: 'result@4' };
    expect((await watched([runOf({ state: 'finished', error })], [[]])).run.error).toEqual(error);
  });

  it('ends at once with a run that failed', async () => {
    const error = { code: 'RUN_FAILED', detail: 'nobody came' };
    expect((await watched([runOf({ state: 'failed', error })], [[]])).run.error).toEqual(error);
  });
});
