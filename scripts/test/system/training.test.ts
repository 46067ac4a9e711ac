import type { Client } from '@sedge/cli';
import { startRun } from '@sedge/cli';
import { systemClock, systemRandomness } from '@sedge/kit';
import type { ModelName, RunPlanInput } from '@sedge/protocol';
import { routes, type ModelVersionView, type RoundView, type RunView } from '@sedge/protocol/routes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployEverywhere, publishPerceptron } from '../../src/demo/models.ts';
import { uploadTestSet } from '../../src/demo/test-set.ts';
import { TEST_SET } from '../../src/demo/train.ts';
import { SHARED, startTestFleet, type TestFleet } from '../support/test-fleet.ts';

let running: TestFleet;
let client: Client;
let model: ModelVersionView;

beforeAll(async () => {
  running = await startTestFleet({ agents: 3 });
  client = running.fleet.client;
  model = await publishPerceptron({ client, key: running.fleet.publisherKey }, 'system tests');
  await uploadTestSet(client, running.digits.test);
}, 120_000);
afterAll(() => running[Symbol.asyncDispose]());

function planOf(more: Partial<RunPlanInput>): RunPlanInput {
  return {
    model: { name: model.name, version: model.version },
    dataset: SHARED,
    rounds: 4,
    local: { epochs: 1, batchSize: 16, learningRate: 0.1 },
    evaluation: { dataset: TEST_SET },
    ...more,
  };
}

function start(plan: RunPlanInput): Promise<RunView> {
  const publisherKey = () => Promise.resolve(running.fleet.publisherKey);
  return startRun({ client, randomness: systemRandomness, nowMs: systemClock.now(), publisherKey }, plan);
}

/** The run, once it is as wanted. */
async function until(run: RunView, isReached: (seen: RunView) => boolean): Promise<RunView> {
  const deadlineMs = systemClock.monotonicMs() + 90_000;
  for (;;) {
    const seen = await client.call(routes.getRun, { path: { run: run.id } });
    if (isReached(seen)) return seen;
    if (systemClock.monotonicMs() > deadlineMs) throw new Error(`still ${JSON.stringify(seen)}`);
    await systemClock.sleep(20);
  }
}

function hasEnded({ state }: RunView): boolean {
  return state !== 'created' && state !== 'running';
}

async function roundsOf(run: RunView): Promise<readonly RoundView[]> {
  return (await client.call(routes.getRounds, { path: { run: run.id } })).items;
}

describe('training', () => {
  it('ends with weights that know more, published under the delegation of the publisher', async () => {
    const publishAs = 'trained' as ModelName;
    const run = await until(await start(planOf({ publishAs })), ({ published }) => published !== undefined);
    expect(run).toMatchObject({ state: 'finished', published: { name: publishAs, version: 1 } });
    const rounds = await roundsOf(run);
    expect(rounds.map(({ updates, outcome }) => `${updates} ${outcome}`)).toEqual(Array(4).fill('3 completed'));
    expect(rounds.at(-1)?.loss).toBeLessThan(rounds[0]?.loss ?? 0);
    const published = await client.call(routes.getModelVersion, { path: { model: publishAs, version: '1' } });
    expect(published).toMatchObject({ delegated: true, lineage: { run: run.id, rounds: 4 } });
    expect(await deployEverywhere(client, published)).toBe(3);
  });

  it('goes on without an agent that is killed in a round, no later than the deadline of the round', async () => {
    const killed = running.fleet.agents[2];
    const run = await start(planOf({ rounds: 3, roundTimeoutMs: 6_000, local: slow(40), updatesMin: 2 }));
    await until(run, ({ progress }) => (progress?.cohort ?? 0) > 0);
    await killed?.kill();
    expect(await until(run, hasEnded)).toMatchObject({ state: 'finished', round: 3 });
    const [first] = await roundsOf(run);
    expect(first).toMatchObject({ outcome: 'completed', cohort: 3, updates: 2, missing: 1 });
    expect(first?.seconds).toBeLessThan(9);
    await killed?.start();
    await running.fleet.online(3);
  });

  it('is taken up again by a coordinator that was killed, which still knows all that it knew', async () => {
    const { coordinator } = running.fleet;
    const before = await known();
    const run = await start(planOf({ rounds: 6, local: slow(15) }));
    await until(run, ({ round }) => round >= 3);
    await coordinator.kill();
    await coordinator.start();
    await running.fleet.online(3);
    expect(await until(run, hasEnded)).toMatchObject({ state: 'finished', round: 6 });
    const rounds = await roundsOf(run);
    expect(rounds.map(({ round }) => round)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(rounds.every(({ updates, outcome }) => updates === 3 && outcome === 'completed')).toBe(true);
    expect(await known()).toEqual(before);
    const chain = (await client.call(routes.listLedger, { query: { limit: 1_000 } })).items;
    expect(chain.map(({ index }) => index)).toEqual(chain.map((_, position) => position + (chain[0]?.index ?? 0)));
  });

  it('keeps what it had when the coordinator is stopped in order', async () => {
    const before = await known();
    const [rounds] = await Promise.all((await client.call(routes.listRuns)).items.map(roundsOf));
    await running.fleet.coordinator.stop();
    await running.fleet.coordinator.start();
    await running.fleet.online(3);
    expect(await known()).toEqual(before);
    const [roundsAfter] = await Promise.all((await client.call(routes.listRuns)).items.map(roundsOf));
    expect(roundsAfter).toEqual(rounds);
  });
});

/** Training that takes long enough to be interrupted. */
function slow(epochs: number): RunPlanInput['local'] {
  return { epochs, batchSize: 4, learningRate: 0.02 };
}

/** Nodes, keys, models, data sets and publishers, by the names that they have for ever. */
async function known(): Promise<unknown> {
  const [nodes, models, datasets, publishers, info] = await Promise.all([
    client.call(routes.listNodes, { query: { limit: 1_000 } }),
    client.call(routes.listModels, { query: { limit: 1_000 } }),
    client.call(routes.listDatasets),
    client.call(routes.listPublishers),
    client.call(routes.info),
  ]);
  return {
    nodes: nodes.items.map(({ id, name, keyId, datasets: held }) => ({ id, name, keyId, held })),
    models: models.items.map(({ name, versions }) => ({
      name,
      versions: versions.map(({ version, artifact }) => ({ version, artifact })),
    })),
    datasets: datasets.items,
    publishers: publishers.items,
    keyId: info.keyId,
  };
}
