import { runPlan, SedgeError, type NodeId, type RunId, type RunPlan, type RunPlanInput } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { planOf, RoundsHarness } from './support/rounds-harness.ts';

const [anna, ben, cleo] = ['anna', 'ben', 'cleo'] as NodeId[] as [NodeId, NodeId, NodeId];
const run = 'run-1' as RunId;
const local = { epochs: 2, batchSize: 1, learningRate: 0.1 };

function plan(more: Partial<RunPlanInput>): RunPlan {
  return runPlan.parse({ model: { name: 'tiny', version: 1 }, dataset: 'tiny', roundTimeoutMs: 10_000, ...more });
}

async function started(wanted: RunPlan, change: (harness: RoundsHarness) => void = () => undefined) {
  const harness = new RoundsHarness([anna, ben]);
  change(harness);
  await harness.rounds.create({ id: run, plan: wanted });
  await harness.settle();
  return harness;
}

describe('a local run', () => {
  it('asks the named node alone, and its weights are the result', async () => {
    const harness = await started(plan({ kind: 'local', node: ben, local }));
    expect(harness.offers.map(({ node, offer }) => [node, offer.progressEveryMs])).toEqual([[ben, 500]]);
    await harness.update(ben, { run, round: 1 }, [0.25, -0.5], { examples: 7 });
    await harness.settle();
    expect(harness.rounds.get(run)).toMatchObject({ state: 'finished', population: 1 });
    // By hand: [1, −1] + [0.25, −0.5].
    expect(harness.weightsOf(harness.rounds.get(run).weights)).toEqual([1.25, -1.5]);
  });

  it('tells how far the node is, and hears nobody else', async () => {
    const told: unknown[] = [];
    const harness = await started(plan({ kind: 'local', node: ben, local }), (made) => {
      made.onEvent = (kind, data) => void (kind === 'run.progress' && told.push(data));
    });
    const progress = { attempt: 1, stepsDone: 3, stepsTotal: 8, loss: 0.5, examplesPerSecond: 40 };
    harness.rounds.onProgress(anna, { run, round: 1 }, { ...progress, loss: 99 });
    harness.rounds.onProgress(ben, { run, round: 2 }, { ...progress, loss: 99 });
    harness.rounds.onProgress(ben, { run, round: 1 }, progress);
    harness.rounds.onProgress(ben, { run, round: 1 }, { ...progress, stepsDone: 4 });
    const { attempt: _, ...shown } = progress;
    expect(harness.rounds.get(run).training).toEqual(shown);
    expect(told).toEqual([{ run, ...shown }]);
  });

  it('of a node that does not hold the data set, or that nobody knows, does not start', async () => {
    const harness = new RoundsHarness([anna]);
    await expect(harness.rounds.create({ plan: plan({ kind: 'local', node: 'zoe', local }) })).rejects.toMatchObject({
      code: 'NODE_NOT_FOUND',
    });
  });
});

describe('an evaluation on nodes', () => {
  it('adds up rows and sums of all nodes, and keeps the weights', async () => {
    const harness = await started(plan({ kind: 'evaluation' }));
    const [first] = harness.offers;
    expect(first?.offer.local).toBeUndefined();
    const before = first?.offer.weights;
    await harness.update(anna, { run, round: 1 }, [3, 2.5], { examples: 4 });
    await harness.update(ben, { run, round: 1 }, [1, 5.5], { examples: 6 });
    await harness.settle();
    expect(harness.rounds.get(run)).toMatchObject({ state: 'finished', accuracy: 0.4, loss: 0.8, weights: before });
    expect(harness.rounds.rounds(run)).toMatchObject([{ outcome: 'completed', updates: 2, examples: 10 }]);
    expect(harness.disk.spool.size).toBe(0);
    expect(harness.disk.ledger.map(({ kind }) => kind)).toEqual(['run.created', 'run.ended']);
  });

  it('fails where a node says that more rows are right than it has', async () => {
    const harness = await started(plan({ kind: 'evaluation' }));
    await harness.update(anna, { run, round: 1 }, [5, 1], { examples: 4 });
    await harness.update(ben, { run, round: 1 }, [1, 1], { examples: 4 });
    await harness.settle();
    expect(harness.rounds.get(run)).toMatchObject({ state: 'failed', error: { code: 'UPDATE_INVALID' } });
  });

  it('of a version that carries its own weights names its file', async () => {
    const artifact = { digest: `sha256:${'a'.repeat(64)}`, sizeBytes: 1 };
    const harness = new RoundsHarness([anna]);
    // A version without weights beside it, and without anything to train.
    harness.disk.manifest = { weights: undefined, parameters: undefined };
    await harness.rounds.create({ id: run, plan: plan({ kind: 'evaluation' }) });
    await harness.settle();
    expect(harness.offers[0]?.offer.weights).toBe(artifact.digest);
  });
});

describe('an evaluation on a data set of the coordinator', () => {
  const held = plan({ kind: 'evaluation', heldBy: 'coordinator' });

  it('asks no node', async () => {
    const harness = await started(held);
    expect(harness.offers).toEqual([]);
    expect(harness.rounds.get(run)).toMatchObject({ state: 'finished', population: 0, accuracy: 0.5, loss: 1 });
  });

  it('that fails, fails the run and says why', async () => {
    const harness = await started(held, (made) => {
      made.evaluate = () => Promise.reject(new SedgeError('DATASET_MISMATCH', 'label 9 is none of 4 classes'));
    });
    const error = { code: 'DATASET_MISMATCH', detail: 'label 9 is none of 4 classes' };
    expect(harness.rounds.get(run)).toMatchObject({ state: 'failed', error });
  });
});

describe('a part of the parameters', () => {
  const parameters = [
    { name: 'body', shape: [1] },
    { name: 'w', shape: [2] },
  ];

  it('is offered alone where the plan says so', async () => {
    const harness = await started(plan({ local, trainable: ['w*'] }), ({ disk }) => {
      disk.manifest = { format: 'onnx', parameters };
    });
    expect(harness.offers[0]?.offer.parameters).toEqual([{ name: 'w', shape: [2] }]);
    await harness.update(anna, { run, round: 1 }, [1, 1]);
    await harness.update(ben, { run, round: 1 }, [0, 1]);
    await harness.settle();
    // By hand: [1, −1] + ([1, 1] + [0, 1]) / 2.
    expect(harness.weightsOf(harness.rounds.get(run).weights)).toEqual([1.5, 0]);
  });

  const adam: RunPlanInput['local'] = { ...local, optimizer: { name: 'adam' } };
  const refused: readonly (readonly [string, 'onnx' | 'component', Partial<RunPlanInput>, string])[] = [
    ['of a name that the version does not have', 'onnx', { trainable: ['head.*'] }, 'head.*'],
    ['of a component', 'component', { trainable: ['w'] }, 'trains by itself'],
    ['with an optimizer for a component', 'component', { local: adam }, 'local.optimizer'],
  ];
  it.each(refused)('%s is refused', (_, format, more, words) => {
    const harness = new RoundsHarness([anna]);
    harness.disk.manifest = { format };
    const [problem] = harness.rounds.plan(plan({ local, ...more })).problems;
    expect(problem).toMatchObject({ code: 'PLAN_INVALID', detail: expect.stringContaining(words) });
  });
});

it('a version that cannot be trained is refused with what its file says', () => {
  const harness = new RoundsHarness([cleo]);
  harness.disk.manifest = { parameters: [] };
  harness.disk.obstacles = [{ reason: 'no rule for Hardmax "last"', operator: 'Hardmax', node: 'last' }];
  const [problem] = harness.rounds.plan(planOf()).problems;
  expect(problem).toMatchObject({
    code: 'MODEL_NOT_TRAINABLE',
    detail: 'tiny@1 names no trainable parameters: no rule for Hardmax "last"',
  });
});
