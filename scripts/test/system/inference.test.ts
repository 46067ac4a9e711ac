import type { Client } from '@sedge/cli';
import { fitCentroids } from '../../src/data/centroid-classifier.ts';
import type { Digits } from '../../src/data/digits.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askModels } from '../../src/demo/ask.ts';
import { CENTROIDS, deployEverywhere, PERCEPTRON, publishCentroids, publishPerceptron } from '../../src/demo/models.ts';
import { startTestFleet, type TestFleet } from '../support/test-fleet.ts';

let running: TestFleet;
let client: Client;

beforeAll(async () => {
  running = await startTestFleet({ agents: 3 });
  client = running.fleet.client;
  const publishing = { client, key: running.fleet.publisherKey };
  await deployEverywhere(client, await publishCentroids(publishing, running.digits.train));
  await deployEverywhere(client, await publishPerceptron(publishing, 'system tests'));
}, 120_000);
afterAll(() => running[Symbol.asyncDispose]());

interface Told {
  readonly status: number;
  readonly body: { readonly error?: string; readonly code?: string };
}

async function post(path: string, body: string, token = running.fleet.coordinator.adminToken): Promise<Told> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(`${running.fleet.coordinator.httpUrl}${path}`, { method: 'POST', headers, body });
  return { status: response.status, body: (await response.json()) as Told['body'] };
}

function request(input: object): string {
  return JSON.stringify({ inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 64], ...input }] });
}

/** What the class means say without ONNX, runtime and network, over every other one of the first rows. */
function accuracyOfCentroids({ train, test }: Digits, rows: number): number {
  const { weight, bias } = fitCentroids(train);
  const asked = Array.from({ length: rows / 2 }, (_, index) => 2 * index);
  const right = asked.filter((row) => {
    const image = test.features.subarray(row * 64, (row + 1) * 64);
    const scores = [...bias].map((value, digit) =>
      image.reduce((sum, ink, pixel) => sum + ink * (weight[pixel * 10 + digit] ?? 0), value),
    );
    return scores.indexOf(Math.max(...scores)) === test.labels[row];
  });
  return right.length / asked.length;
}

const zeros = Array.from({ length: 64 }, () => 0);
const INFER = `/v2/models/${CENTROIDS}/infer`;

describe('inference', () => {
  it('spreads over the nodes, over both kinds of model and both kinds of body, without a failure', async () => {
    const asked = await askModels({
      client,
      models: [CENTROIDS, PERCEPTRON],
      examples: running.digits.test,
      requests: 120,
      clients: 6,
      onAnswer: () => undefined,
    });
    expect(asked).toMatchObject({ requests: 120, failed: 0, errors: {} });
    const answers = Object.values(asked.answersByNode);
    expect(answers).toHaveLength(3);
    // Placement follows measured latency, so no node is left out and none does almost everything.
    expect(Math.min(...answers)).toBeGreaterThan(5);
    expect(asked.accuracy[CENTROIDS]).toBe(accuracyOfCentroids(running.digits, 120));
  });

  it.each([
    ['another shape', { shape: [1, 63], data: zeros.slice(1) }],
    ['another type', { datatype: 'INT64', data: zeros }],
    ['fewer values than the shape says', { data: zeros.slice(1) }],
    ['another name', { name: 'pixels', data: zeros }],
  ])('says TENSOR_MISMATCH for a tensor of %s', async (_, input) => {
    const { status, body } = await post(INFER, request(input));
    expect(status).toBe(400);
    expect(body.error).toMatch(/^TENSOR_MISMATCH: /);
  });

  it.each([
    ['JSON that is none', INFER, '{"inputs": [', 400, 'BAD_JSON'],
    ['a body that is no request', INFER, '{"input": 1}', 400, 'BAD_REQUEST|INVALID_FIELD'],
    ['an unknown model', '/v2/models/nobody/infer', request({ data: zeros }), 404, 'MODEL_NOT_FOUND'],
    [
      'an unknown version',
      `/v2/models/${CENTROIDS}/versions/99/infer`,
      request({ data: zeros }),
      404,
      'MODEL_NOT_FOUND',
    ],
  ])('answers %s in the form of the protocol, with a code', async (_, path, text, status, codes) => {
    const told = await post(path, text);
    expect(told.status).toBe(status);
    expect(told.body.error).toMatch(new RegExp(`^(${codes}): .`));
  });

  it('says UNAUTHENTICATED without a valid token', async () => {
    expect(await post(INFER, request({ data: zeros }), 'sedge_wrong')).toMatchObject({
      status: 401,
      body: { error: expect.stringMatching(/^UNAUTHENTICATED: /) as string },
    });
  });

  it('loses no request when an agent is killed in the middle', async () => {
    let answered = 0;
    const killed = running.fleet.agents[0];
    const asked = await askModels({
      client,
      models: [CENTROIDS],
      examples: running.digits.test,
      requests: 300,
      clients: 8,
      onAnswer: () => {
        answered += 1;
        if (answered === 60) void killed?.kill();
      },
    });
    // A request that was under way on the lost node is asked again of another one.
    expect(asked).toMatchObject({ requests: 300, failed: 0, errors: {} });
    expect((await running.fleet.online(2)).filter(({ status }) => status === 'online')).toHaveLength(2);
    await killed?.start();
    await running.fleet.online(3);
  });
});
