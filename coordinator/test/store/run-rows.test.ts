import { type DatasetName, type ModelName, type NodeId, runPlan, type RunId } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/federation/run-state.ts';
import { openHouse } from '../support/house.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const RUN = 'run-1' as RunId;
const plan = runPlan.parse({
  model: { name: 'digits' as ModelName, version: 1 },
  dataset: 'digits' as DatasetName,
  rounds: 2,
  local: { epochs: 1, batchSize: 8, learningRate: 0.1 },
});

function accepted(round: number, node: string): RunEvent {
  return { kind: 'round', round, event: { kind: 'accepted', at: 1, node: node as NodeId } };
}

describe('RunRows', () => {
  it('gives runs and their events back after a restart, in the order in which they were appended', async () => {
    await using folder = await temporaryFolder();
    const first = await openHouse(folder.path);
    const { runs } = first.state.store;
    await runs.create({ id: RUN, plan, createdAt: 1 });
    await runs.create({ id: 'run-2' as RunId, plan, createdAt: 2 });
    await runs.append(RUN, [accepted(1, 'a'), accepted(1, 'b')]);
    await runs.append('run-2' as RunId, [accepted(1, 'x')]);
    await runs.append(RUN, []);
    await runs.append(RUN, [accepted(2, 'c')]);
    await first.stop();
    await using second = await openHouse(folder.path);
    expect(await second.state.store.runs.load()).toEqual([
      { run: { id: RUN, plan, createdAt: 1 }, events: [accepted(1, 'a'), accepted(1, 'b'), accepted(2, 'c')] },
      { run: { id: 'run-2', plan, createdAt: 2 }, events: [accepted(1, 'x')] },
    ]);
  });

  it('keeps the order of each writer when many append at once', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const { runs } = house.state.store;
    await runs.create({ id: RUN, plan, createdAt: 1 });
    const nodes = Array.from({ length: 30 }, (_, at) => `n${at}`);
    await Promise.all(nodes.map((node) => runs.append(RUN, [accepted(1, node), accepted(2, node)])));
    const [loaded] = await runs.load();
    expect(loaded?.events).toEqual(nodes.flatMap((node) => [accepted(1, node), accepted(2, node)]));
  });

  it('refuses a second run of the same id with RUN_EXISTS', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    await house.state.store.runs.create({ id: RUN, plan, createdAt: 1 });
    const again = house.state.store.runs.create({ id: RUN, plan: { ...plan, rounds: 9 }, createdAt: 2 });
    await expect(again).rejects.toMatchObject({ code: 'RUN_EXISTS' });
    expect((await house.state.store.runs.load()).map(({ run }) => run.plan.rounds)).toEqual([2]);
  });
});
