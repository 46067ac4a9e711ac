import { limits, SedgeError, type NodeId, type RunId } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { Disk, planOf, RoundsHarness } from './support/rounds-harness.ts';

const [anna, ben, cleo] = ['anna', 'ben', 'cleo'] as NodeId[] as [NodeId, NodeId, NodeId];
const run = 'run-1' as RunId;

async function started(plan = planOf(), nodes: readonly NodeId[] = [anna, ben]): Promise<RoundsHarness> {
  const harness = new RoundsHarness(nodes);
  await harness.rounds.create({ id: run, plan });
  await harness.settle();
  return harness;
}

describe('federated run', () => {
  it('offers, takes updates, and makes the mean weighted by examples', async () => {
    const harness = await started();
    expect(harness.offers.map(({ node, offer }) => [node, offer.round, offer.attempt])).toEqual([
      [anna, 1, 1],
      [ben, 1, 1],
    ]);
    expect(await harness.update(anna, { run, round: 1 }, [1, 0], { examples: 3 })).toMatchObject({ complete: true });
    await harness.update(ben, { run, round: 1 }, [0, 2], { examples: 1 });
    await harness.settle();
    const [first] = harness.rounds.rounds(run);
    expect(first).toMatchObject({ round: 1, outcome: 'completed', cohort: 2, updates: 2, missing: 0 });
    // By hand: (3·[1, 0] + 1·[0, 2]) / 4 = [0.75, 0.5], added to [1, −1].
    expect(first && harness.weightsOf(first.weights)).toEqual([1.75, -0.5]);
    expect(harness.offers.slice(2).map(({ offer }) => offer.weights)).toEqual([first?.weights, first?.weights]);
  });

  it('gives the same weights whoever answers first', async () => {
    const weights = await Promise.all(
      [
        [anna, ben],
        [ben, anna],
      ].map(async (order) => {
        const harness = await started();
        for (const node of order)
          await harness.update(node, { run, round: 1 }, node === anna ? [0.1, 0.3] : [0.7, -0.2]);
        await harness.settle();
        return harness.rounds.rounds(run)[0]?.weights;
      }),
    );
    expect(weights[0]).toBe(weights[1]);
  });

  it('closes at the deadline without the one who was killed, and refuses what comes later', async () => {
    const harness = await started();
    await harness.update(anna, { run, round: 1 }, [1, 1]);
    await harness.clock.advance(9_999);
    expect(harness.rounds.rounds(run)).toHaveLength(0);
    await harness.clock.advance(1);
    await harness.settle();
    expect(harness.rounds.rounds(run)[0]).toMatchObject({ outcome: 'completed', updates: 1, missing: 1 });
    expect(harness.closed).toContainEqual({ node: ben, round: 1, closed: { reason: 'deadline' } });
    expect(await harness.update(ben, { run, round: 1 }, [9, 9])).toMatchObject({
      complete: false,
      code: 'ROUND_CLOSED',
    });
  });

  it('does not wait for a node that left, and offers again to one that came back', async () => {
    const harness = await started(planOf({ rounds: 1 }), [anna, ben, cleo]);
    await harness.rounds.onOffline(ben);
    await harness.rounds.onBirth(ben);
    expect(harness.offers.at(-1)).toMatchObject({ node: ben, offer: { round: 1 } });
    await harness.update(ben, { run, round: 1 }, [1, 1]);
    await harness.update(anna, { run, round: 1 }, [1, 1]);
    await harness.rounds.onOffline(cleo);
    await harness.settle();
    expect(harness.rounds.get(run)).toMatchObject({ state: 'finished' });
    expect(harness.rounds.rounds(run)[0]).toMatchObject({ updates: 2, missing: 1 });
  });

  it('leaves out a node that takes no work, and waits while none does', async () => {
    const harness = new RoundsHarness([anna, ben]);
    harness.shedding.add(anna).add(ben);
    await harness.rounds.create({ id: run, plan: planOf({ rounds: 1 }) });
    await harness.settle();
    expect(harness.offers).toEqual([]);
    harness.shedding.delete(ben);
    await harness.rounds.onBirth(ben);
    await harness.settle();
    expect(harness.offers.map(({ node }) => node)).toEqual([ben]);
    await harness.update(ben, { run, round: 1 }, [1, 1]);
    await harness.settle();
    expect(harness.rounds.rounds(run)[0]).toMatchObject({ outcome: 'completed', cohort: 1, updates: 1 });
  });

  it('counts a repeated update once and answers it with the same word', async () => {
    const harness = await started(planOf({ rounds: 1 }));
    await harness.update(anna, { run, round: 1 }, [1, 1]);
    expect(await harness.update(anna, { run, round: 1 }, [50, 50])).toMatchObject({ complete: true });
    await harness.update(ben, { run, round: 1 }, [0, 0]);
    await harness.settle();
    // By hand: ([1, 1] + [0, 0]) / 2 + [1, −1].
    expect(harness.weightsOf(harness.rounds.get(run).weights)).toEqual([1.5, -0.5]);
  });

  it.each([
    ['of another length', [1, 2, 3]],
    ['that is not finite', [Number.NaN, 1]],
  ])('refuses an update %s', async (_, delta) => {
    const harness = await started();
    expect(await harness.update(anna, { run, round: 1 }, delta)).toMatchObject({ code: 'UPDATE_INVALID' });
    expect(harness.rounds.get(run).progress?.updates).toBe(0);
  });

  it('refuses an update that counts more examples than its node holds', async () => {
    const harness = await started();
    const ack = await harness.update(anna, { run, round: 1 }, [1, 1], { examples: 2 ** 50 });
    expect(ack).toMatchObject({ code: 'UPDATE_INVALID' });
  });

  it('refuses an update of a node outside of the population', async () => {
    const harness = await started();
    expect(await harness.update(cleo, { run, round: 1 }, [1, 1])).toMatchObject({ code: 'NOT_IN_COHORT' });
  });

  it('says why a round came to nothing', async () => {
    const harness = await started();
    const declined = { attempt: 1, accepted: false, code: 'DATASET_INVALID' };
    for (const node of [anna, ben]) await harness.rounds.onAnswer(node, { run, round: 1 }, declined);
    await harness.settle();
    const [first] = harness.rounds.rounds(run);
    expect(first).toMatchObject({ outcome: 'abandoned', declined: 2, error: { code: 'TOO_FEW_UPDATES' } });
    expect(first?.error?.detail).toContain('nodes declined with DATASET_INVALID (2)');
  });

  it('goes on when whoever listens to its events fails', async () => {
    const harness = new RoundsHarness([anna, ben]);
    harness.onEvent = () => {
      throw new Error('a listener that fails');
    };
    await harness.rounds.create({ id: run, plan: planOf({ rounds: 1 }) });
    await harness.settle();
    for (const node of [anna, ben]) await harness.update(node, { run, round: 1 }, [1, 1]);
    await harness.settle();
    expect(harness.rounds.get(run)).toMatchObject({ state: 'finished', round: 1 });
  });

  it('deletes the updates when the round is recorded', async () => {
    const harness = await started(planOf({ rounds: 1 }));
    await harness.update(anna, { run, round: 1 }, [1, 1]);
    expect(harness.disk.spool.size).toBe(1);
    await harness.update(ben, { run, round: 1 }, [1, 1]);
    await harness.settle();
    expect(harness.disk.spool.size).toBe(0);
  });

  it('writes creation, every release and the end into the ledger', async () => {
    const harness = await started(planOf({ rounds: 1 }));
    for (const node of [anna, ben]) await harness.update(node, { run, round: 1 }, [1, 1]);
    await harness.settle();
    expect(harness.disk.ledger.map(({ kind }) => kind)).toEqual(['run.created', 'round.released', 'run.ended']);
  });
});

describe('the result of a federated run', () => {
  const plan = planOf({ rounds: 1, publishAs: 'tiny-trained' });
  const delegation = { payloadType: 'delegation', payload: '', signatures: [] };

  async function trained(disk: Disk): Promise<RoundsHarness> {
    const harness = new RoundsHarness([anna], disk);
    await harness.rounds.create({ id: run, plan, delegation });
    await harness.settle();
    await harness.update(anna, { run, round: 1 }, [1, 1]);
    await harness.settle();
    return harness;
  }

  it('belongs to it: the run is finished only when it is published', async () => {
    const disk = new Disk();
    let publish = (): void => undefined;
    const published = new Promise<void>((resolve) => {
      publish = resolve;
    });
    disk.publish = () => published;
    const harness = await trained(disk);
    expect(harness.rounds.get(run)).toMatchObject({ state: 'publishing' });
    publish();
    await harness.settle();
    expect(harness.rounds.get(run)).toMatchObject({
      state: 'finished',
      published: { name: 'tiny-trained', version: 2 },
    });
  });

  it('may fail to be published: the run says why, and keeps its weights', async () => {
    const disk = new Disk();
    disk.publish = () => Promise.reject(new SedgeError('VERSION_EXISTS', 'tiny-trained@2'));
    const harness = await trained(disk);
    expect(harness.rounds.get(run)).toMatchObject({ state: 'finished', error: { code: 'VERSION_EXISTS' } });
    expect(harness.weightsOf(harness.rounds.get(run).weights)).toEqual([2, 0]);
  });
});

describe('federated run without anybody there', () => {
  it('waits for the first birth instead of planning rounds that nobody can answer', async () => {
    const harness = new RoundsHarness([anna, ben]);
    harness.online.clear();
    await harness.rounds.create({ id: run, plan: planOf() });
    await harness.clock.advance(60_000);
    expect(harness.rounds.get(run)).toMatchObject({ state: 'running', round: 0 });
    harness.online.add(anna);
    await harness.rounds.onBirth(anna);
    await harness.settle();
    expect(harness.offers.map(({ node }) => node)).toEqual([anna]);
  });
});

describe('federated run with privacy', () => {
  const privacy = { clipNorm: 1, noiseMultiplier: 1, delta: 1e-5, epsilonMax: 10 };

  it('spends epsilon before the offer, adds noise, and divides by the fixed denominator', async () => {
    const harness = await started(planOf({ rounds: 1, privacy }));
    // dp-accounting 0.6.0: q 1, sigma 1, 1 round, delta 1e-5 costs 4.7285 by RDP.
    expect(harness.rounds.get(run).epsilon).toBeCloseTo(4.7285, 3);
    await harness.update(anna, { run, round: 1 }, [0.6, 0.8], { examples: 9 });
    await harness.rounds.onOffline(ben);
    await harness.settle();
    const [w0 = 0, w1 = 0] = harness.weightsOf(harness.rounds.get(run).weights);
    // Noise of standard deviation 1 in the sum, halved by the population of 2: six deviations are 3.
    expect(Math.abs(w0 - (1 + 0.6 / 2))).toBeLessThan(3);
    expect(Math.abs(w1 - (-1 + 0.8 / 2))).toBeLessThan(3);
    expect([w0, w1]).not.toEqual([1.300000011920929, -0.6000000238418579]);
    expect(harness.disk.ledger[1]?.body).toMatchObject({ delta: 1e-5, updates: 1 });
  });

  it('refuses an update that is longer than the clip norm', async () => {
    const harness = await started(planOf({ rounds: 1, privacy }));
    expect(await harness.update(anna, { run, round: 1 }, [0.7, 0.8])).toMatchObject({ code: 'UPDATE_INVALID' });
  });

  it('keeps neither count nor norm of an update, whatever the node sends', async () => {
    const harness = await started(planOf({ rounds: 1, privacy }));
    await harness.update(anna, { run, round: 1 }, [0.6, 0.8], { examples: 77 });
    expect(JSON.stringify(harness.disk.runs.get(run)?.events)).not.toMatch(/examples|norm/);
  });

  it('is refused before anything is stored when it would pass its budget', async () => {
    const harness = new RoundsHarness([anna]);
    const plan = planOf({ rounds: 2, privacy: { ...privacy, epsilonMax: 4 } });
    await expect(harness.rounds.create({ id: run, plan })).rejects.toThrow(/BUDGET_EXCEEDED/);
    expect(harness.disk.runs.size + harness.disk.ledger.length).toBe(0);
    expect(harness.rounds.plan(plan).problems).toMatchObject([{ code: 'BUDGET_EXCEEDED' }]);
  });
});

describe('a coordinator that is started again', () => {
  it('goes on within the round, keeps what it had, and counts nothing twice', async () => {
    const before = await started(planOf({ rounds: 1, roundTimeoutMs: 60_000 }));
    await before.update(anna, { run, round: 1 }, [1, 1]);
    await before.rounds.stop();

    const after = new RoundsHarness([anna, ben], before.disk);
    await after.rounds.start();
    expect(after.rounds.get(run)).toMatchObject({ state: 'running', round: 1, progress: { updates: 1 } });
    await after.clock.advance(limits.heartbeatPatienceMs);
    await after.settle();
    expect(after.offers.map(({ node, offer }) => [node, offer.attempt])).toEqual([[ben, 2]]);
    await after.update(anna, { run, round: 1 }, [50, 50]);
    await after.update(ben, { run, round: 1 }, [0, 0]);
    await after.settle();
    expect(after.rounds.get(run).state).toBe('finished');
    expect(after.weightsOf(after.rounds.get(run).weights)).toEqual([1.5, -0.5]);
  });

  it('releases the weights that it had made already, not the same sum with fresh noise', async () => {
    const privacy = { clipNorm: 1, noiseMultiplier: 1, delta: 1e-5, epsilonMax: 10 };
    const before = await started(planOf({ rounds: 1, privacy }));
    await before.update(anna, { run, round: 1 }, [0, 0]);
    await before.update(ben, { run, round: 1 }, [0, 0]);
    await before.settle();
    const stored = before.disk.runs.get(run);
    const end = stored?.events.findIndex((event) => event.kind === 'round' && event.event.kind === 'aggregated') ?? 0;
    // As if the process had ended after the weights were made and before their event was stored.
    stored?.events.splice(end);
    const after = new RoundsHarness([anna, ben], before.disk);
    await after.rounds.start();
    await after.clock.advance(limits.heartbeatPatienceMs);
    await after.settle();
    expect(after.rounds.get(run).weights).toBe(before.rounds.get(run).weights);
  });

  it('still knows what a finished run spent', async () => {
    const privacy = { clipNorm: 1, noiseMultiplier: 1, delta: 1e-5, epsilonMax: 10 };
    const before = await started(planOf({ rounds: 1, privacy }));
    for (const node of [anna, ben]) await before.update(node, { run, round: 1 }, [0, 0]);
    await before.settle();
    const after = new RoundsHarness([anna, ben], before.disk);
    await after.rounds.start();
    expect(after.rounds.get(run)).toEqual(before.rounds.get(run));
    expect(after.rounds.rounds(run)).toEqual(before.rounds.rounds(run));
  });

  it('starts also when the model of a run that is over was deleted', async () => {
    const before = await started(planOf({ rounds: 1 }));
    for (const node of [anna, ben]) await before.update(node, { run, round: 1 }, [1, 1]);
    await before.settle();
    before.disk.isModelGone = true;
    const after = new RoundsHarness([anna, ben], before.disk);
    await after.rounds.start();
    expect(after.rounds.get(run)).toMatchObject({ state: 'finished' });
    expect(after.rounds.rounds(run)).toEqual(before.rounds.rounds(run));
  });

  it('does not acknowledge an update that could not be stored', async () => {
    const harness = await started();
    harness.disk.isFull = true;
    expect(await harness.update(anna, { run, round: 1 }, [1, 1])).toMatchObject({
      complete: false,
      code: 'STATE_UNREADABLE',
    });
    harness.disk.isFull = false;
    expect(await harness.update(anna, { run, round: 1 }, [1, 1])).toMatchObject({ complete: true });
  });

  it('takes the same request for a run once, and refuses another plan under its id', async () => {
    const harness = await started();
    await harness.rounds.create({ id: run, plan: planOf() });
    expect(harness.rounds.list()).toHaveLength(1);
    await expect(harness.rounds.create({ id: run, plan: planOf({ rounds: 3 }) })).rejects.toThrow(/RUN_EXISTS/);
  });

  it('stops a run at once and tells its nodes', async () => {
    const harness = await started();
    expect(await harness.rounds.endRun(run)).toMatchObject({ state: 'stopped' });
    await harness.settle();
    expect(harness.closed.map(({ node, closed }) => [node, closed.reason])).toEqual([
      [anna, 'stopped'],
      [ben, 'stopped'],
    ]);
    await expect(harness.rounds.endRun(run)).rejects.toThrow(/RUN_FINISHED/);
  });
});
