import { readFile } from 'node:fs/promises';
import {
  decodeTensorFrame,
  encodeSafetensors,
  errorCatalogue,
  float32Tensor,
  float32Values,
  inferResponseHead,
  toBase64,
  toUtf8,
  updateHead,
  type Birth,
  type Command,
  type DatasetName,
  type NodeState,
  type ReportedTwin,
  type RequestId,
  type RoundAnswer,
  type RoundOffer,
  type RunId,
} from '@sedge/protocol';
import { nodeCrypto, systemProcesses } from '@sedge/kit';
import { classify, initialMlpWeights, mlpParameters, trainPerceptron, type DenseLayer } from '@sedge/runtime';
import { describe, expect, it } from 'vitest';
import { loadIdentity } from '../src/identity/identity.ts';
import { changePins, withPin } from '../src/identity/pins.ts';
import { batchSeed } from '../src/training/batch-seed.ts';
import { CoordinatorDouble } from './support/coordinator-double.ts';
import { LAYERS, SmallAgent, smallModel, type SmallModel } from './support/small-agent.ts';

const ROWS = Array.from({ length: 12 }, (_, row) => [row % 3, (row * 7) % 5, row / 12, 1, row % 3]);
const PARAMETERS = mlpParameters(LAYERS);

function layersOf(seed: string): DenseLayer[] {
  const values = initialMlpWeights(LAYERS, toUtf8(seed)).map(float32Values);
  return [0, 1].map((index) => {
    const [weight = new Float32Array(), bias = new Float32Array()] = values.slice(2 * index, 2 * index + 2);
    return { inputs: LAYERS[index] ?? 0, outputs: LAYERS[index + 1] ?? 0, weight, bias };
  });
}

function offerOf(coordinator: CoordinatorDouble, changes: Partial<RoundOffer> = {}): RoundOffer {
  return {
    run: 'run-1' as RunId,
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
}

function localOf({ local }: RoundOffer) {
  if (local === undefined) throw new Error('the offer has nothing to train');
  const { batchSize, epochs, learningRate, proximal } = local;
  return { batchSize, epochs, learningRate, proximal };
}

/** The difference that the plain version of the training makes. */
function expectedDelta(agent: SmallAgent, offer: RoundOffer): number[] {
  const before = layersOf('round');
  const seed = batchSeed(nodeCrypto, offer, agent.node);
  const examples = {
    features: Float32Array.from(ROWS.flatMap((row) => row.slice(0, 4))),
    labels: ROWS.map((row) => row[4] ?? 0),
  };
  const { layers } = trainPerceptron(before, examples, { ...localOf(offer), seed });
  return layers.flatMap((layer, index) =>
    (['weight', 'bias'] as const).flatMap((part) =>
      Array.from(layer[part], (value, at) => value - (before[index]?.[part][at] ?? 0)),
    ),
  );
}

function largestDifference(left: ArrayLike<number>, right: ArrayLike<number>): number {
  expect(left.length).toBe(right.length);
  return Math.max(...Array.from(left, (value, index) => Math.abs(value - (right[index] ?? NaN))));
}

async function ready(coordinator: CoordinatorDouble, model: SmallModel, agent: SmallAgent, version = 1): Promise<void> {
  await coordinator.until(() => coordinator.on('birth')[0]);
  await coordinator.sayTwin(agent.node, version, [coordinator.sign(model.manifest)]);
  await coordinator.until(() =>
    coordinator
      .bodies<ReportedTwin>('reportedTwin')
      .find((twin) => twin.version === version && twin.models.some(({ state }) => state === 'ready')),
  );
}

/** The first model starts a worker thread, which takes seconds on a busy machine. */
const timeout = 60_000;

describe('an agent and a coordinator over a real broker', { timeout }, () => {
  it('says that it is here, what it can do, and goodbye', async () => {
    await using coordinator = await CoordinatorDouble.start();
    await using agent = await SmallAgent.enrolled(coordinator);
    await agent.addDataset('digits', ROWS);
    await agent.start();
    const birth = await coordinator.until(() => coordinator.bodies<Birth>('birth')[0]);
    expect(birth.datasets).toEqual([{ name: 'digits', examples: 12, featureShape: [4], classes: 3 }]);
    expect(birth.engines.map(({ name }) => name)).toEqual(['component', 'onnx-web', 'onnx-node']);
    const beats = await coordinator.until(() => {
      const found = coordinator.bodies<{ seq: number; boot: string }>('heartbeat');
      return found.length >= 3 ? found : undefined;
    });
    expect(beats.map(({ seq }) => seq).slice(0, 3)).toEqual([0, 1, 2]);
    expect(beats[0]?.boot).toBe(birth.boot);
    await agent.stop();
    const states = coordinator.bodies<NodeState>('state');
    expect(states.map(({ online }) => online)).toEqual([true, false]);
    expect(new Set(states.map(({ boot }) => boot))).toEqual(new Set([birth.boot]));
  });

  it('signs in although its own clock is an hour behind', async () => {
    await using coordinator = await CoordinatorDouble.start({ clockAheadMs: 3_600_000 });
    await using agent = await SmallAgent.enrolled(coordinator);
    await agent.start();
    await coordinator.until(() => coordinator.on('birth')[0]);
    expect(coordinator.refusals).toEqual([]);
  });

  it('says while it is refused by what and since when, and no longer once it is let in', async () => {
    await using coordinator = await CoordinatorDouble.start();
    await using agent = await SmallAgent.enrolled(coordinator);
    const key = coordinator.nodeKeys.get(agent.node) ?? new Uint8Array();
    coordinator.nodeKeys.delete(agent.node);
    const before = Date.now();
    const running = await agent.start();
    const first = await coordinator.until(() => running.status()[0]?.refusal);
    expect(first).toMatchObject({ code: 'BROKER_REFUSED', say: errorCatalogue.BROKER_REFUSED.say });
    expect(first.detail).toContain('this client is not allowed in');
    expect(Date.parse(first.since)).toBeGreaterThanOrEqual(before);
    await coordinator.until(() => (coordinator.refusals.length >= 2 ? true : undefined));
    expect(running.status()[0]?.refusal?.since).toBe(first.since);
    coordinator.nodeKeys.set(agent.node, key);
    await coordinator.until(() => coordinator.on('birth')[0]);
    expect(running.status()[0]).not.toHaveProperty('refusal');
  });

  it.each([
    ['http', true],
    ['mqtt', false],
    ['auto', false],
  ] as const)('pulls a model by the road %s, serves it as the reference computes', async (blobRoad, servesContent) => {
    await using coordinator = await CoordinatorDouble.start({ servesContent });
    await using agent = await SmallAgent.enrolled(coordinator);
    const model = await smallModel(coordinator);
    await agent.start({ blobRoad });
    await ready(coordinator, model, agent);
    const features = Float32Array.from([0.1, -0.4, 0.9, 2, 1, 0, -1, 0.5]);
    const head = { model: model.manifest.name, version: 1, function: 'infer', timeoutMs: 5_000 };
    await coordinator.ask(agent.node, 'request-1', head, [float32Tensor('features', [2, 4], features)]);
    const { bytes } = await coordinator.wholeStream('inferResponse');
    const answer = decodeTensorFrame(bytes, inferResponseHead);
    expect(answer.head).toMatchObject({ ok: true, engine: 'component' });
    const [probabilities] = answer.tensors;
    if (probabilities === undefined) throw new Error('no output');
    // The plain TypeScript version in runtime/src/reference; the component sums in float32.
    expect(largestDifference(float32Values(probabilities), classify(layersOf('seed'), features))).toBeLessThan(1e-5);
  });

  it('answers each bad request with a code', async () => {
    await using coordinator = await CoordinatorDouble.start({ servesContent: true });
    await using agent = await SmallAgent.enrolled(coordinator);
    const model = await smallModel(coordinator);
    await agent.start();
    await ready(coordinator, model, agent);
    const head = { model: model.manifest.name, version: 1, function: 'infer', timeoutMs: 5_000 };
    const good = float32Tensor('features', [1, 4], [1, 2, 3, 4]);
    const codes: string[] = [];
    const ask = async (asked: typeof head, tensor = good): Promise<void> => {
      const before = coordinator.on('inferResponse').length;
      await coordinator.ask(agent.node, `request-${codes.length}`, asked, [tensor]);
      const { bytes } = await coordinator.wholeStream('inferResponse', before);
      const answer = decodeTensorFrame(bytes, inferResponseHead).head;
      codes.push(answer.ok ? 'ok' : answer.code);
    };
    await ask({ ...head, version: 2 });
    await ask({ ...head, function: 'guess' });
    await ask(head, float32Tensor('features', [1, 5], [1, 2, 3, 4, 5]));
    await ask(head, float32Tensor('pixels', [1, 4], [1, 2, 3, 4]));
    await ask(head);
    expect(codes).toEqual(['MODEL_NOT_LOADED', 'FUNCTION_NOT_FOUND', 'TENSOR_MISMATCH', 'TENSOR_MISMATCH', 'ok']);
  });

  it('loads after a restart what it should have, without a coordinator', async () => {
    await using coordinator = await CoordinatorDouble.start({ servesContent: true });
    await using agent = await SmallAgent.enrolled(coordinator);
    const model = await smallModel(coordinator);
    await agent.start();
    await ready(coordinator, model, agent);
    await agent.stop();
    const asked = coordinator.requests.filter((request) => request.includes('/blobs/')).length;
    await coordinator.stopBroker();
    const again = await agent.start();
    await coordinator.until(() => again.status()[0]?.models.find(({ state }) => state === 'ready'));
    expect(coordinator.requests.filter((request) => request.includes('/blobs/'))).toHaveLength(asked);
    await agent.stop();
    await coordinator.startBroker();
  });

  it('refuses what is wrongly signed, altered or missing, and still loads the others', async () => {
    await using coordinator = await CoordinatorDouble.start({ servesContent: true });
    await using agent = await SmallAgent.enrolled(coordinator);
    const model = await smallModel(coordinator);
    const altered = await smallModel(coordinator, 'altered');
    const digest = coordinator.store(toUtf8('what was signed'));
    coordinator.blobs.set(digest, toUtf8('something else!'));
    const artifact = { digest, sizeBytes: 15 };
    const stranger = nodeCrypto.generateKeyPair();
    const forged = coordinator.sign({ ...model.manifest, name: 'forged' as never });
    for (const signature of forged.manifest.signatures) signature.sig = Buffer.alloc(64).toString('base64');
    await agent.start();
    await coordinator.until(() => coordinator.on('birth')[0]);
    await coordinator.sayTwin(agent.node, 5, [
      coordinator.sign({ ...model.manifest, name: 'strange' as never }, stranger),
      forged,
      coordinator.sign({ ...altered.manifest, artifact }),
      coordinator.sign(model.manifest),
    ]);
    const twin = await coordinator.until(() =>
      coordinator
        .bodies<ReportedTwin>('reportedTwin')
        .find(({ models }) => models.every(({ state }) => state === 'ready' || state === 'failed')),
    );
    expect(twin.models.map(({ name, state, error }) => [name, state, error?.code])).toEqual([
      ['strange', 'failed', 'PUBLISHER_UNKNOWN'],
      ['forged', 'failed', 'SIGNATURE_INVALID'],
      ['altered', 'failed', 'DIGEST_MISMATCH'],
      ['small', 'ready', undefined],
    ]);
  });

  it('runs the models of a publisher that is pinned while it runs, which it refused before', async () => {
    await using coordinator = await CoordinatorDouble.start({ servesContent: true });
    await using agent = await SmallAgent.enrolled(coordinator);
    const model = await smallModel(coordinator);
    const stranger = nodeCrypto.generateKeyPair();
    const running = await agent.start();
    await coordinator.until(() => coordinator.on('birth')[0]);
    await coordinator.sayTwin(agent.node, 1, [coordinator.sign(model.manifest, stranger)]);
    const refused = await coordinator.until(() => running.status()[0]?.models[0]);
    expect(refused).toMatchObject({ state: 'failed', error: { code: 'PUBLISHER_UNKNOWN' } });
    const pin = { name: 'stranger', publicKey: toBase64(stranger.publicKey) };
    const folder = agent.folder.identity(1);
    const key = await readFile(folder.key, 'utf8');
    await changePins(folder, systemProcesses(process.pid), (before) => withPin(before, pin));
    await coordinator.until(() => running.status()[0]?.models.find(({ state }) => state === 'ready'));
    expect(await readFile(folder.key, 'utf8')).toBe(key);
    expect((await loadIdentity(folder)).identity.publishers.map(({ name }) => name)).toContain('stranger');
  });

  it('drops an older twin, and one that another key signed', async () => {
    await using coordinator = await CoordinatorDouble.start({ servesContent: true });
    await using agent = await SmallAgent.enrolled(coordinator);
    const model = await smallModel(coordinator);
    const running = await agent.start();
    await ready(coordinator, model, agent, 7);
    await coordinator.sayTwin(agent.node, 6, []);
    await coordinator.sayTwin(agent.node, 8, [], nodeCrypto.generateKeyPair());
    await coordinator.until(() =>
      agent.log.messages('warn').filter((text) => text.includes('older twin') || text.includes('refused')).length === 2
        ? true
        : undefined,
    );
    expect(running.status()[0]).toMatchObject({ twinVersion: 7, models: [{ name: 'small', state: 'ready' }] });
    await coordinator.sayTwin(agent.node, 9, []);
    await coordinator.until(() => (running.status()[0]?.models.length === 0 ? true : undefined));
  });

  it('is born again on command, and refuses a late or foreign command', async () => {
    await using coordinator = await CoordinatorDouble.start();
    await using agent = await SmallAgent.enrolled(coordinator);
    await agent.start();
    await coordinator.until(() => coordinator.on('birth')[0]);
    const command = (id: string, expiresAt: number): Command => ({ id: id as RequestId, name: 'rebirth', expiresAt });
    await coordinator.sayCommand(agent.node, command('foreign', Date.now() + 10_000), nodeCrypto.generateKeyPair());
    await coordinator.sayCommand(agent.node, command('late', Date.now() - 10_000));
    await coordinator.sayCommand(agent.node, command('good', Date.now() + 10_000));
    await coordinator.until(() => coordinator.on('commandAccepted')[0]);
    expect(coordinator.bodies('commandAccepted')).toMatchObject([{ id: 'good' }]);
    expect(coordinator.bodies('commandRejected')).toMatchObject([{ id: 'late', code: 'COMMAND_EXPIRED' }]);
    expect(coordinator.on('birth')).toHaveLength(2);
  });

  it('tells of a data set that was added while it runs', async () => {
    await using coordinator = await CoordinatorDouble.start();
    await using agent = await SmallAgent.enrolled(coordinator);
    await agent.start();
    await coordinator.until(() => coordinator.on('birth')[0]);
    await agent.addDataset('later', ROWS);
    await coordinator.until(() => coordinator.on('birth')[1]);
    expect(coordinator.bodies<Birth>('birth').map(({ datasets }) => datasets.map(({ name }) => name))).toEqual([
      [],
      ['later'],
    ]);
  });
});

describe('a round', { timeout }, () => {
  it('is trained as the reference trains, and told with counts where nothing is private', async () => {
    await using coordinator = await CoordinatorDouble.start({ servesContent: true });
    await using agent = await SmallAgent.enrolled(coordinator);
    await agent.addDataset('digits', ROWS);
    const model = await smallModel(coordinator);
    await agent.start();
    await ready(coordinator, model, agent);
    const offer = offerOf(coordinator);
    await coordinator.sayOffer(agent.node, offer);
    const { bytes, stream } = await coordinator.wholeStream('roundUpdate');
    const { head, tensors } = decodeTensorFrame(bytes, updateHead);
    expect(head).toMatchObject({ attempt: 1, examples: 12 });
    const [delta] = tensors;
    if (delta === undefined) throw new Error('no delta');
    // The plain TypeScript version in runtime/src/reference.
    expect(largestDifference(float32Values(delta), expectedDelta(agent, offer))).toBeLessThan(1e-5);
    expect(coordinator.bodies<RoundAnswer>('roundAnswer')).toEqual([{ attempt: 1, accepted: true }]);
    await coordinator.sayAck(agent.node, offer, { stream, nextSequence: 1, complete: true });
    await coordinator.until(() => agent.log.messages('info').find((text) => text.includes('was delivered')));
  });

  it('with a clip norm tells neither counts nor metrics, and no longer a vector than that', async () => {
    await using coordinator = await CoordinatorDouble.start({ servesContent: true });
    await using agent = await SmallAgent.enrolled(coordinator);
    await agent.addDataset('digits', ROWS);
    const model = await smallModel(coordinator);
    // Known by its manifest over HTTP, not by the twin.
    coordinator.manifests.set('/api/v1/models/small/versions/1/manifest', coordinator.sign(model.manifest));
    await agent.start();
    await coordinator.until(() => coordinator.on('birth')[0]);
    await coordinator.sayOffer(agent.node, offerOf(coordinator, { clipNorm: 0.01 }));
    const { bytes } = await coordinator.wholeStream('roundUpdate');
    const { head, tensors } = decodeTensorFrame(bytes, updateHead);
    expect(head).toEqual({ attempt: 1 });
    const [delta] = tensors;
    if (delta === undefined) throw new Error('no delta');
    const norm = Math.hypot(...float32Values(delta));
    expect(norm).toBeLessThanOrEqual(0.01);
    expect(norm).toBeGreaterThan(0.0099);
  });

  it('is sent again, the same bytes, when it is offered again; a higher attempt is not trained anew', async () => {
    await using coordinator = await CoordinatorDouble.start({ servesContent: true });
    await using agent = await SmallAgent.enrolled(coordinator);
    await agent.addDataset('digits', ROWS);
    const model = await smallModel(coordinator);
    await agent.start();
    await ready(coordinator, model, agent);
    const offer = offerOf(coordinator);
    await coordinator.sayOffer(agent.node, offer);
    const first = await coordinator.wholeStream('roundUpdate');
    await coordinator.sayAck(agent.node, offer, { stream: first.stream, nextSequence: 1, complete: true });
    await coordinator.until(() => agent.log.messages('info').find((text) => text.includes('was delivered')));
    const before = coordinator.on('roundUpdate').length;
    await coordinator.sayOffer(agent.node, offer);
    const second = await coordinator.wholeStream('roundUpdate', before);
    expect(Buffer.from(second.bytes).equals(Buffer.from(first.bytes))).toBe(true);
    const between = coordinator.on('roundUpdate').length;
    await coordinator.sayOffer(agent.node, { ...offer, attempt: 2 });
    const third = await coordinator.wholeStream('roundUpdate', between);
    expect(decodeTensorFrame(third.bytes, updateHead).head.attempt).toBe(2);
    expect(decodeTensorFrame(third.bytes, updateHead).tensors).toEqual(
      decodeTensorFrame(first.bytes, updateHead).tensors,
    );
  });

  it.each([
    ['a data set that is not here', { dataset: 'other' as DatasetName }, 'DATASET_NOT_FOUND'],
    ['a model that is not to be had', { model: { name: 'unknown' as never, version: 1 } }, 'MODEL_NOT_LOADED'],
    ['parameters of another shape', { parameters: [{ name: 'layer0.weight', shape: [4, 7] }] }, 'TENSOR_MISMATCH'],
  ])('is declined for %s', async (_, changes, code) => {
    await using coordinator = await CoordinatorDouble.start({ servesContent: true });
    await using agent = await SmallAgent.enrolled(coordinator);
    await agent.addDataset('digits', ROWS);
    const model = await smallModel(coordinator);
    await agent.start();
    await ready(coordinator, model, agent);
    await coordinator.sayOffer(agent.node, offerOf(coordinator, changes));
    const answer = await coordinator.until(() => coordinator.bodies<RoundAnswer>('roundAnswer')[0]);
    expect(answer).toMatchObject({ accepted: false, attempt: 1, code });
    expect(coordinator.on('roundUpdate')).toEqual([]);
  });

  it('of a foreign key is not even answered; one that was closed is not begun again', async () => {
    await using coordinator = await CoordinatorDouble.start({ servesContent: true });
    await using agent = await SmallAgent.enrolled(coordinator);
    await agent.addDataset('digits', ROWS);
    const model = await smallModel(coordinator);
    await agent.start();
    await ready(coordinator, model, agent);
    await coordinator.sayOffer(agent.node, offerOf(coordinator), nodeCrypto.generateKeyPair());
    const offer = offerOf(coordinator, { local: { epochs: 1_000, batchSize: 1, learningRate: 0.01, proximal: 0 } });
    await coordinator.sayOffer(agent.node, offer);
    await coordinator.until(() => coordinator.on('roundAnswer')[0]);
    await coordinator.sayClosed(agent.node, offer, 'stopped');
    await coordinator.until(() =>
      agent.log.messages('info').find((text) => text.includes('ended before its training')),
    );
    await coordinator.sayOffer(agent.node, offer);
    await coordinator.sayOffer(agent.node, offerOf(coordinator, { round: 2 }));
    const { bytes } = await coordinator.wholeStream('roundUpdate');
    expect(decodeTensorFrame(bytes, updateHead).head.attempt).toBe(1);
    expect(coordinator.on('roundAnswer').map(({ parameters }) => parameters['round'])).toEqual(['1', '2']);
  });

  it('is delivered although the broker was restarted before it was acknowledged', async () => {
    await using coordinator = await CoordinatorDouble.start({ servesContent: true });
    await using agent = await SmallAgent.enrolled(coordinator);
    await agent.addDataset('digits', ROWS);
    const model = await smallModel(coordinator);
    await agent.start();
    await ready(coordinator, model, agent);
    const offer = offerOf(coordinator);
    await coordinator.sayOffer(agent.node, offer);
    const first = await coordinator.wholeStream('roundUpdate');
    const port = await coordinator.stopBroker();
    const births = coordinator.on('birth').length;
    const updates = coordinator.on('roundUpdate').length;
    await coordinator.startBroker(port);
    await coordinator.until(() => (coordinator.on('birth').length > births ? true : undefined));
    const again = await coordinator.wholeStream('roundUpdate', updates);
    expect(again.stream).toBe(first.stream);
    expect(Buffer.from(again.bytes).equals(Buffer.from(first.bytes))).toBe(true);
    await coordinator.sayAck(agent.node, offer, { stream: again.stream, nextSequence: 1, complete: true });
    await coordinator.until(() => agent.log.messages('info').find((text) => text.includes('was delivered')));
  });

  it('is trained by each identity of a process on its own data', async () => {
    await using coordinator = await CoordinatorDouble.start({ servesContent: true });
    await using agent = await SmallAgent.enrolled(coordinator, 3);
    const model = await smallModel(coordinator);
    coordinator.manifests.set('/api/v1/models/small/versions/1/manifest', coordinator.sign(model.manifest));
    for (const [index] of agent.nodes.entries()) await agent.addDataset('digits', ROWS.slice(index), index + 1);
    await agent.start();
    await coordinator.until(() => (coordinator.on('birth').length >= 3 ? true : undefined));
    const offer = offerOf(coordinator);
    for (const node of agent.nodes) await coordinator.sayOffer(node, offer);
    await coordinator.until(() => {
      const senders = new Set(coordinator.on('roundUpdate').map(({ node }) => node));
      return senders.size === 3 ? true : undefined;
    });
    const counts = coordinator.on('roundUpdate').map(({ node, payload }) => {
      // One chunk holds the whole update here; its data begins after the header of 80 bytes.
      const { head } = decodeTensorFrame(payload.subarray(80), updateHead);
      return [agent.nodes.indexOf(node), head.examples] as const;
    });
    expect(new Map(counts)).toEqual(
      new Map([
        [0, 12],
        [1, 11],
        [2, 10],
      ]),
    );
    // The weights of the round came once for all of them.
    expect(coordinator.requests.filter((request) => request.includes(offer.weights))).toHaveLength(1);
  });
});
