import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { startFleet } from '../../src/local-fleet/fleet.ts';

/** What an owner gives away for an agent that waits: engines load with the first model, not before. */
const IDLE_BYTES_MAX = 90_000_000;

async function residentBytes(pid: number): Promise<number> {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) * 1_024;
}

describe.runIf(process.platform === 'linux')('an agent without models', () => {
  it('takes at most 90 MB of memory while it is connected', async () => {
    await using fleet = await startFleet({ agents: 1 });
    const [agent] = fleet.agents;
    const [node] = await fleet.online();
    expect(node?.models).toEqual([]);
    const resident = await residentBytes(agent?.pid ?? 0);
    expect(resident).toBeGreaterThan(0);
    expect(resident).toBeLessThanOrEqual(IDLE_BYTES_MAX);
  }, 60_000);
});
