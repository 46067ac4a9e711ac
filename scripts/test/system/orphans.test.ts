import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sedge-orphans-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function eventually<Result>(attempt: () => Promise<Result | undefined>): Promise<Result> {
  for (let tries = 0; tries < 600; tries += 1) {
    const result = await attempt();
    if (result !== undefined) return result;
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
  throw new Error('it did not come to be within a minute');
}

/** Linux tells the parent of a process in the fourth field of its stat file. */
async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.trim().split(' ').filter(Boolean).map(Number);
}

async function lives(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat !== undefined && !stat.includes(') Z ');
}

describe.runIf(process.platform === 'linux')('a development fleet', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'is ready as its file says, and leaves no process behind after %s',
    async (signal) => {
      const readyFile = join(folder, `${signal}.json`);
      const args = [
        'scripts/dist/dev.js',
        '--agents',
        '2',
        '--ready-file',
        readyFile,
        '--state-dir',
        join(folder, signal),
      ];
      const dev = spawn(process.execPath, args, { cwd: root, stdio: 'ignore' });
      const pid = dev.pid ?? 0;
      const ready = await eventually(() => readFile(readyFile, 'utf8').catch(() => undefined));
      const { http, mqtt, token } = JSON.parse(ready) as Record<string, string>;
      expect(mqtt).toMatch(/^mqtt:\/\/127\.0\.0\.1:\d+$/);
      const models = await fetch(`${http}/v2/models/digit-perceptron/ready`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(models.status).toBe(200);

      const children = await childrenOf(pid);
      expect(children).toHaveLength(3);
      dev.kill(signal);
      await once(dev, 'exit');
      await eventually(async () => ((await Promise.all(children.map(lives))).includes(true) ? undefined : true));
    },
    90_000,
  );
});
