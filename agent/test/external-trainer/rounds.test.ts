import { readdir } from 'node:fs/promises';
import { nodeCrypto, systemRandomness } from '@sedge/kit';
import {
  ChunkAssembler,
  decodeSafetensors,
  decodeTensorFrame,
  encodeSafetensors,
  float32Tensor,
  float32Values,
  toUtf8,
  updateHead,
  type DatasetName,
  type RoundAnswer,
  type RoundOffer,
  type RunId,
  type TrainingProgressMessage,
  type UpdateHead,
} from '@sedge/protocol';
import { initialMlpWeights, mlpParameters } from '@sedge/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrainerBinding } from '../../src/external-trainer/binding.ts';
import { TrainerRegistry } from '../../src/external-trainer/trainer-registry.ts';
import { loadOrMakeToken } from '../../src/local-door/local-token.ts';
import { CoordinatorDouble } from '../support/coordinator-double.ts';
import { LAYERS, SmallAgent, smallModel, type SmallModel } from '../support/small-agent.ts';
import { scriptedTrainer } from './scripted-trainer.ts';

const ROWS = Array.from({ length: 12 }, (_, row) => [row % 3, (row * 7) % 5, row / 12, 1, row % 3]);
const PARAMETERS = mlpParameters(LAYERS);
const COUNT = 4 * 6 + 6 + 6 * 3 + 3;

/** Two identities with the same rows and the same model; one agent for all tests, because model hosts start slowly. */
let coordinator: CoordinatorDouble;
let agent: SmallAgent;
let model: SmallModel;
let url: string | undefined;
let runs = 0;

beforeAll(async () => {
  coordinator = await CoordinatorDouble.start({ servesContent: true });
  agent = await SmallAgent.enrolled(coordinator, 2);
  for (const number of [1, 2]) await agent.addDataset('digits', ROWS, number);
  model = await smallModel(coordinator);
  coordinator.manifests.set('/api/v1/models/small/versions/1/manifest', coordinator.sign(model.manifest));
  const running = await agent.start({ localPort: 0 });
  url = running.localUrl();
  await coordinator.until(() => (coordinator.on('birth').length === 2 ? true : undefined));
}, 60_000);
afterAll(async () => {
  await agent[Symbol.asyncDispose]();
  await coordinator[Symbol.asyncDispose]();
});

/** Each of another run, whose round is offered to the given identities. */
async function offer(numbers: readonly number[], changes: Partial<RoundOffer> = {}): Promise<RoundOffer> {
  runs += 1;
  const round: RoundOffer = {
    run: `run-${runs}` as RunId,
    round: 1,
    attempt: 1,
    model: { name: 'small' as never, version: 1 },
    weights: coordinator.store(encodeSafetensors(initialMlpWeights(LAYERS, toUtf8('round')))),
    parameters: PARAMETERS,
    dataset: 'digits' as DatasetName,
    local: { epochs: 2, batchSize: 4, learningRate: 0.5, proximal: 0 },
    seed: 'sedge',
    timeoutMs: 30_000,
    ...changes,
  };
  coordinator.heard.length = 0;
  for (const number of numbers) await coordinator.sayOffer(agent.nodes[number - 1] ?? agent.node, round);
  return round;
}

async function bind(trainer: TrainerBinding['trainer']): Promise<void> {
  const registry = new TrainerRegistry(agent.folder.identity(1).trainers);
  await registry.add({ model: model.manifest.name, trainer }, { replace: true });
}

/** What one identity made of a round; updates of so few values are one chunk. */
async function updateOf({ run }: RoundOffer, number: number): Promise<{ head: UpdateHead; delta: Float32Array }> {
  const node = agent.nodes[number - 1];
  const heard = await coordinator.until(() =>
    coordinator.on('roundUpdate').find((one) => one.node === node && one.parameters['run'] === run),
  );
  const { bytes = new Uint8Array() } = new ChunkAssembler(nodeCrypto).accept(heard.payload);
  const { head, tensors } = decodeTensorFrame(bytes, updateHead);
  const [delta = float32Tensor('none', [0], [])] = tensors;
  return { head, delta: float32Values(delta) };
}

function answersTo({ run }: RoundOffer): Promise<RoundAnswer[]> {
  return coordinator.until(() => {
    const answers = coordinator.on('roundAnswer').filter(({ parameters }) => parameters['run'] === run);
    const bodies = answers.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()) as RoundAnswer);
    return bodies.some(({ accepted }) => !accepted) ? bodies : undefined;
  });
}

describe('a round of a model with a trainer of its own', { timeout: 60_000 }, () => {
  it('is trained by it on one node, and by the model host on another', async () => {
    // Bound while the agent runs.
    await bind(await scriptedTrainer(agent.folder.root, 'good'));
    const round = await offer([1, 2], { progressEveryMs: 100 });
    const ours = await updateOf(round, 1);
    expect(ours.head).toEqual({ attempt: 1, examples: 12, metrics: [{ name: 'loss', value: 2 }] });
    expect(ours.delta).toHaveLength(COUNT);
    // It adds 1 to each weight; subtracting float32 values of this size loses less than 1e-6.
    expect(Math.max(...ours.delta.map((value) => Math.abs(value - 1)))).toBeLessThan(1e-6);
    const theirs = await updateOf(round, 2);
    expect(Math.max(...theirs.delta.map((value) => Math.abs(value - 1)))).toBeGreaterThan(0.5);
    expect(theirs.head.metrics?.map(({ name }) => name)).toContain('loss');
    const steps = coordinator
      .on('roundProgress')
      .filter(({ node }) => node === agent.nodes[0])
      .map(({ payload }) => JSON.parse(Buffer.from(payload).toString()) as TrainingProgressMessage);
    expect(steps.at(-1)).toMatchObject({ stepsDone: 2, stepsTotal: 2 });
  });

  it('is clipped like any other, and tells neither counts nor metrics then', async () => {
    const round = await offer([1], { clipNorm: 0.5 });
    const { head, delta } = await updateOf(round, 1);
    expect(head).toEqual({ attempt: 1 });
    expect(Math.hypot(...delta)).toBeCloseTo(0.5, 6);
  });

  it('must be one of the signed manifest before the trainer hears of it', async () => {
    const round = await offer([1], { parameters: [{ name: 'secrets', shape: [1] }] });
    expect(await answersTo(round)).toMatchObject([{ accepted: false, code: 'TENSOR_MISMATCH' }]);
  });

  it('is declined when the trainer fails, without the words that it said on the node', async () => {
    await bind(await scriptedTrainer(agent.folder.root, 'fails'));
    const round = await offer([1]);
    expect(await answersTo(round)).toEqual([
      { attempt: 1, accepted: true },
      { attempt: 1, accepted: false, code: 'TRAINER_FAILED', detail: '' },
    ]);
    expect(JSON.stringify(agent.log.entries)).toContain('CUDA out of memory');
  });

  it('is declined when the trainer is too slow, while there is still time to say so', async () => {
    await bind({ kind: 'pull' });
    const round = await offer([1], { timeoutMs: 1_000 });
    expect((await answersTo(round)).at(-1)).toMatchObject({ accepted: false, code: 'TRAINER_TIMEOUT' });
  });

  it('is given at the local door to a program that asks for it', async () => {
    await bind({ kind: 'pull' });
    const token = await loadOrMakeToken(agent.folder.localToken, systemRandomness);
    const ask = (path: string, init: RequestInit = {}) =>
      fetch(`${url}/trainer/v1/jobs/${path}`, { ...init, headers: { authorization: `Bearer ${token}` } });
    const next = ask('next?model=small&waitMs=20000');
    const round = await offer([1]);
    const { job } = (await (await next).json()) as { job: string };
    const weights = decodeSafetensors(new Uint8Array(await (await ask(`${job}/weights`)).arrayBuffer()));
    const doubled = weights.map((tensor) =>
      float32Tensor(
        tensor.name,
        tensor.shape,
        float32Values(tensor).map((value) => 2 * value),
      ),
    );
    const body = Buffer.from(encodeSafetensors(doubled));
    expect((await ask(`${job}/result`, { method: 'PUT', body })).status).toBe(204);
    const { delta } = await updateOf(round, 1);
    expect(delta).toEqual(Float32Array.from(weights.flatMap((tensor) => [...float32Values(tensor)])));
  });

  it('goes back to the model host when the owner removes the trainer, and leaves no folder', async () => {
    await new TrainerRegistry(agent.folder.identity(1).trainers).remove(model.manifest.name);
    const round = await offer([1]);
    expect((await updateOf(round, 1)).head.metrics?.map(({ name }) => name)).toContain('loss');
    expect(await readdir(agent.folder.rounds)).toEqual([]);
  });
});
