import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFleet } from '../../src/local-fleet/fleet.ts';
import { temporaryFolder } from '../../src/local-fleet/folder.ts';

let folder = '';
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('makeFleet', () => {
  it('counts the nodes of all processes', async () => {
    const fleet = await makeFleet({ agents: 3, identities: 4, folder });
    expect(fleet.nodeCount).toBe(12);
    expect(fleet.agents.map(({ name }) => name)).toEqual(['agent-1', 'agent-2', 'agent-3']);
  });

  it('refuses a folder that holds a fleet already, whose admin token nobody has', async () => {
    await mkdir(join(folder, 'coordinator'));
    await expect(makeFleet({ agents: 1, folder })).rejects.toMatchObject({
      code: 'USAGE',
      detail: expect.stringContaining(folder) as string,
    });
  });
});
