import { describe, expect, it } from 'vitest';
import { askModels } from '../../src/demo/ask.ts';
import { CENTROIDS, deployEverywhere, PERCEPTRON, publishCentroids, publishPerceptron } from '../../src/demo/models.ts';
import { arm64Node } from '../support/arm64-node.ts';
import { startTestFleet } from '../support/test-fleet.ts';

const arm64 = arm64Node();
if ('missing' in arm64) console.log(`the agent is not tried on arm64: there is no ${arm64.missing}`);

/**
 * Emulation is some twenty times slower, so that only what is said counts here, never how fast. The emulator cannot
 * start a process of the emulated kind without the kernel's help, so that models run in a thread of the agent.
 */
const env = { SEDGE_ISOLATION: 'thread', SEDGE_HEARTBEAT_MS: '5000' };

describe.skipIf('missing' in arm64)('an agent on arm64', () => {
  it('reports what it is, loads both kinds of model and answers as an agent on this machine does', async () => {
    const launcher = 'launcher' in arm64 ? arm64.launcher : [];
    await using running = await startTestFleet({ agents: 1, agentLauncher: launcher, env });
    const { fleet, digits } = running;
    const publishing = { client: fleet.client, key: fleet.publisherKey };
    await deployEverywhere(fleet.client, await publishCentroids(publishing, digits.train));
    await deployEverywhere(fleet.client, await publishPerceptron(publishing, 'arm64'));
    const asked = await askModels({
      client: fleet.client,
      models: [CENTROIDS, PERCEPTRON],
      examples: digits.test,
      requests: 10,
      clients: 1,
      onAnswer: () => undefined,
    });
    expect(asked).toMatchObject({ requests: 10, failed: 0, errors: {} });
    const [node] = await fleet.online();
    expect(node?.platform?.arch).toBe('arm64');
  }, 240_000);
});
