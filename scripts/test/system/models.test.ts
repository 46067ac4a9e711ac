import { inferAsJson, type Client } from '@sedge/cli';
import { encodeSafetensors, float32Tensor, SedgeError, type EngineName, type ModelName } from '@sedge/protocol';
import { routes, type DeploymentView, type ModelVersionView } from '@sedge/protocol/routes';
import { readModel } from '@sedge/wasm-models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CENTROIDS, deployEverywhere, publish, publishCentroids, type Publishing } from '../../src/demo/models.ts';
import { startTestFleet, type TestFleet } from '../support/test-fleet.ts';

const ANOMALY = 'pump-anomaly' as ModelName;
const READY_MS = 60_000;
const zeros = Array.from({ length: 64 }, () => 0);
const image = { inputs: [{ name: 'features', datatype: 'FP32' as const, shape: [1, 64], data: zeros }] };

let running: TestFleet;
let client: Client;
let publishing: Publishing;

beforeAll(async () => {
  running = await startTestFleet({ agents: 1, env: { SEDGE_ENGINE: 'auto' } });
  client = running.fleet.client;
  publishing = { client, key: running.fleet.publisherKey };
}, 120_000);
afterAll(() => running[Symbol.asyncDispose]());

function deploy({ name, version }: ModelVersionView, engine?: EngineName): Promise<DeploymentView> {
  const body = { model: { name, version }, selector: 'all' as const, ...(engine === undefined ? {} : { engine }) };
  return client.call(routes.createDeployment, { body });
}

async function remove(version: number): Promise<void> {
  const { items } = await client.call(routes.listDeployments, { query: {} });
  for (const { id, model } of items) {
    if (model.name !== CENTROIDS || model.version !== version) continue;
    await client.call(routes.deleteDeployment, { path: { deployment: id } });
  }
}

async function statusOf({ name, version }: Pick<ModelVersionView, 'name' | 'version'>) {
  const [node] = (await client.call(routes.listNodes, { query: {} })).items;
  return node?.models.find((model) => model.name === name && model.version === version);
}

/** Asks without a pause while something is done; what was answered, by version or code. */
async function askedDuring(work: () => Promise<void>): Promise<Set<string>> {
  const answers = new Set<string>();
  const over = new AbortController();
  const ask = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const answer = await inferAsJson(client, { name: CENTROIDS }, image).catch((error: unknown) => error);
      answers.add(
        answer instanceof Error ? String(answer) : `version ${(answer as { model_version?: string }).model_version}`,
      );
    }
  };
  const clients = Promise.all([ask(), ask(), ask()]);
  try {
    await work();
  } finally {
    over.abort();
    await clients;
  }
  return answers;
}

describe('a model on a node that chooses by itself', () => {
  it(
    'runs on the engine that did best, with the figures of each that was tried',
    async () => {
      const first = await publishCentroids(publishing, running.digits.train);
      await deployEverywhere(client, first);
      const status = await statusOf(first);
      const { choice } = status ?? {};
      expect(choice?.engine).toBe(status?.engine);
      const [node] = (await client.call(routes.listNodes, { query: {} })).items;
      const usable = (node?.engines ?? []).filter(
        ({ absent, formats }) => absent === undefined && formats.includes('onnx'),
      );
      expect(usable.map(({ name }) => name)).toContain('onnx-web');
      if (usable.length === 1) return expect(choice).toMatchObject({ engine: 'onnx-web', reason: 'only' });
      expect(choice?.reason).toBe('fastest');
      const times = (choice?.probes ?? []).flatMap(({ engine, medianMs }) =>
        medianMs === undefined ? [] : [{ engine, medianMs }],
      );
      expect(new Set(times.map(({ engine }) => engine))).toEqual(new Set(usable.map(({ name }) => name)));
    },
    READY_MS,
  );

  it(
    'goes to the engine that an operator pins, and no request is lost by that',
    async () => {
      const answers = await askedDuring(async () => {
        const { engine } = (await statusOf({ name: CENTROIDS, version: 1 })) ?? {};
        const other = engine === 'onnx-web' ? 'onnx-node' : 'onnx-web';
        const [node] = (await client.call(routes.listNodes, { query: {} })).items;
        const hasOther = node?.engines.some(({ name, absent }) => name === other && absent === undefined) === true;
        const pin = hasOther ? other : 'onnx-web';
        await deploy({ name: CENTROIDS, version: 1 } as ModelVersionView, pin);
        await expect
          .poll(async () => (await statusOf({ name: CENTROIDS, version: 1 }))?.choice, { timeout: READY_MS })
          .toMatchObject({ engine: pin, reason: 'pinned' });
      });
      expect([...answers]).toEqual(['version 1']);
    },
    READY_MS,
  );

  it(
    'gives way to its next version, and no request is lost by that, though the old one is taken away at once',
    async () => {
      const second = await publishCentroids(publishing, running.digits.train);
      const answers = await askedDuring(async () => {
        await deploy(second);
        await remove(1);
        const versions = async (): Promise<string[]> => {
          const [node] = (await client.call(routes.listNodes, { query: {} })).items;
          return (node?.models ?? []).map(({ version, state }) => `${version} ${state}`);
        };
        await expect.poll(versions, { timeout: READY_MS }).toEqual(['2 ready']);
        await inferAsJson(client, { name: CENTROIDS, version: 2 }, image);
      });
      expect([...answers].filter((answer) => !answer.startsWith('version '))).toEqual([]);
      expect(answers).toContain('version 1');
      const last = await inferAsJson(client, { name: CENTROIDS }, image);
      expect(last.model_version).toBe('2');
    },
    READY_MS,
  );
});

describe('a component of several functions', () => {
  beforeAll(async () => {
    const settings = { window: 8, threshold: 3, median: 0, scale: -1 };
    const weights = Object.entries(settings).map(([name, value]) => float32Tensor(name, [1], [value]));
    const version = await publish(publishing, {
      name: ANOMALY,
      artifact: new Uint8Array(await readModel('anomaly')),
      weights: encodeSafetensors(weights),
      description: 'Anomalies of one series',
    });
    await deployEverywhere(client, version);
  }, READY_MS);

  const values = { inputs: [{ name: 'values', datatype: 'FP32' as const, shape: [3], data: [1, 2, 3] }] };

  it('is asked by name from the HTTP door to the component', async () => {
    const asked = async (name: string, request: Parameters<typeof inferAsJson>[2]) =>
      (await inferAsJson(client, { name: ANOMALY }, { ...request, parameters: { function: name } })).outputs;
    expect((await asked('score', values)).map(({ name }) => name)).toEqual(['score', 'anomaly']);
    // It forgets the three values that it was just shown, and the second time there are none.
    expect(await asked('reset', { inputs: [] })).toMatchObject([{ name: 'forgotten', data: [3] }]);
    expect(await asked('reset', { inputs: [] })).toMatchObject([{ name: 'forgotten', data: [0] }]);
  });

  it('says which functions it has when it is asked for another', async () => {
    const wrong = inferAsJson(client, { name: ANOMALY }, { ...values, parameters: { function: 'guess' } });
    const error = await wrong.catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(SedgeError);
    expect(String(error)).toContain('it has: score, reset');
  });
});
