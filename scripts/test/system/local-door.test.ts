import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { agentFolder } from '@sedge/agent';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fitCentroids } from '../../src/data/centroid-classifier.ts';
import { CENTROIDS, deployEverywhere, publishCentroids } from '../../src/demo/models.ts';
import { runProgram } from '../support/programs.ts';
import { startTestFleet, type TestFleet } from '../support/test-fleet.ts';

const READY_MS = 60_000;

let running: TestFleet;
beforeAll(async () => {
  running = await startTestFleet({ agents: 1, env: { SEDGE_LOCAL_PORT: '0' } });
  const { fleet, digits } = running;
  await deployEverywhere(
    fleet.client,
    await publishCentroids({ client: fleet.client, key: fleet.publisherKey }, digits.train),
  );
}, 120_000);
afterAll(() => running[Symbol.asyncDispose]());

/** As a program on the machine finds the door: by the status of the agent, with the token of its folder. */
async function localDoor(): Promise<{ readonly url: string; readonly token: string }> {
  const directory = join(running.fleet.folder, 'agent-1');
  const env = { SEDGE_AGENT_DIR: directory };
  const token = (await readFile(agentFolder(directory).localToken, 'utf8')).trim();
  for (;;) {
    const { stdout } = await runProgram('agent/bin/sedge-agent.js', ['status', '--json'], { env });
    const { localUrl } = JSON.parse(stdout) as { localUrl?: string };
    if (localUrl !== undefined) return { url: localUrl, token };
    await sleep(100);
  }
}

/** What the class means say without ONNX, runtime and network. */
function expectedDigit(image: Float32Array): number {
  const { weight, bias } = fitCentroids(running.digits.train);
  const scores = [...bias].map((value, digit) =>
    image.reduce((sum, ink, pixel) => sum + ink * (weight[pixel * 10 + digit] ?? 0), value),
  );
  return scores.indexOf(Math.max(...scores));
}

describe('a node whose coordinator is away', () => {
  it(
    'starts anew and answers programs on its machine',
    async () => {
      const [agent] = running.fleet.agents;
      await agent?.stop();
      await running.fleet.coordinator.stop();
      await agent?.start();
      const { url, token } = await localDoor();
      const headers = { authorization: `Bearer ${token}` };
      const isReady = async (): Promise<number> =>
        (await fetch(`${url}/v2/models/${CENTROIDS}/ready`, { headers })).status;
      await expect.poll(isReady, { timeout: READY_MS, interval: 100 }).toBe(200);
      const image = running.digits.test.features.slice(0, 64);
      const body = JSON.stringify({
        inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 64], data: [...image] }],
      });
      const response = await fetch(`${url}/v2/models/${CENTROIDS}/infer`, { method: 'POST', headers, body });
      expect(response.status).toBe(200);
      const { outputs } = (await response.json()) as { outputs: { shape: number[]; data: number[] }[] };
      const scores = outputs.find(({ shape }) => shape.at(-1) === 10)?.data ?? [];
      expect(scores.indexOf(Math.max(...scores))).toBe(expectedDigit(image));
    },
    READY_MS + 30_000,
  );
});
