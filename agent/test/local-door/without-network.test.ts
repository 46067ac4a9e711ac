import { readFile } from 'node:fs/promises';
import { float32Values, toUtf8, type ReportedTwin, type Tensor } from '@sedge/protocol';
import { classify, initialMlpWeights, type DenseLayer } from '@sedge/runtime';
import { describe, expect, it } from 'vitest';
import { CoordinatorDouble } from '../support/coordinator-double.ts';
import { LAYERS, SmallAgent, smallModel } from '../support/small-agent.ts';

/** The first model starts a host, which takes seconds on a busy machine. */
const timeout = 60_000;

const FEATURES = [0.1, -0.4, 0.9, 2];

/** What the plain version in runtime/src/reference says; the component sums in float32. */
function expectedProbabilities(): readonly number[] {
  const values = initialMlpWeights(LAYERS, toUtf8('seed')).map((tensor: Tensor) => float32Values(tensor));
  const layers = [0, 1].map((index): DenseLayer => {
    const [weight = new Float32Array(), bias = new Float32Array()] = values.slice(2 * index, 2 * index + 2);
    return { inputs: LAYERS[index] ?? 0, outputs: LAYERS[index + 1] ?? 0, weight, bias };
  });
  return [...classify(layers, Float32Array.from(FEATURES))];
}

/** An agent that was given a model once, and whose coordinator is gone for good. */
async function abandonedAgent(): Promise<SmallAgent> {
  await using coordinator = await CoordinatorDouble.start({ servesContent: true });
  const agent = await SmallAgent.enrolled(coordinator);
  const model = await smallModel(coordinator);
  await agent.start();
  await coordinator.until(() => coordinator.on('birth')[0]);
  await coordinator.sayTwin(agent.node, 1, [coordinator.sign(model.manifest)]);
  await coordinator.until(() =>
    coordinator
      .bodies<ReportedTwin>('reportedTwin')
      .find(({ models }) => models.some(({ state }) => state === 'ready')),
  );
  await agent.stop();
  return agent;
}

describe('an agent without any network', { timeout }, () => {
  it('starts, loads its models, and answers programs on the machine', async () => {
    await using agent = await abandonedAgent();
    const running = await agent.start({ localPort: 0 });
    const url = running.localUrl() ?? '';
    const token = (await readFile(agent.folder.localToken, 'utf8')).trim();
    const headers = { authorization: `Bearer ${token}` };
    const isReady = async (): Promise<boolean> => (await fetch(`${url}/v2/models/small/ready`, { headers })).ok;
    await expect.poll(isReady, { timeout: 30_000, interval: 50 }).toBe(true);
    const body = JSON.stringify({
      inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: [FEATURES] }],
    });
    const response = await fetch(`${url}/v2/models/small/infer`, { method: 'POST', headers, body });
    const answer = (await response.json()) as { outputs: { data: number[] }[] };
    expect(answer).toMatchObject({ model_name: 'small', model_version: '1', parameters: { engine: 'component' } });
    const expected = expectedProbabilities();
    expect(expected).toHaveLength(3);
    for (const [index, value] of expected.entries()) expect(answer.outputs[0]?.data[index]).toBeCloseTo(value, 5);
    const wrong = JSON.stringify({ inputs: [{ name: 'pixels', datatype: 'FP32', shape: [1, 4], data: FEATURES }] });
    expect((await fetch(`${url}/v2/models/small/infer`, { method: 'POST', headers, body: wrong })).status).toBe(400);
    expect(running.status()).toMatchObject([{ connected: false, models: [{ state: 'ready' }] }]);
    const status = JSON.parse(await readFile(agent.folder.status, 'utf8')) as { localUrl: string };
    expect(status.localUrl).toBe(url);
  });

  it('opens no door where none is asked for', async () => {
    await using coordinator = await CoordinatorDouble.start();
    await using agent = await SmallAgent.enrolled(coordinator);
    const running = await agent.start();
    expect(running.localUrl()).toBeUndefined();
    await expect(readFile(agent.folder.localToken)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
