import { spawn, type ChildProcess } from 'node:child_process';
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

describe.runIf(process.platform === 'linux')('sedge serve', () => {
  function serve(): ChildProcess {
    const env = { ...process.env, SEDGE_STATE_DIR: join(folder, 'serve') };
    const args = ['cli/bin/sedge.js', 'serve', '--port', '0', '--mqtt-port', '0', '--json'];
    return spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  }

  async function firstAnswer({ stdout }: ChildProcess): Promise<{ http: string; adminToken?: string }> {
    for await (const piece of stdout ?? []) return JSON.parse(String(piece)) as { http: string; adminToken?: string };
    throw new Error('it ended without a word');
  }

  it('frees its state when it is killed, so that it starts again and still knows its tokens', async () => {
    const first = serve();
    const { adminToken } = await firstAnswer(first);
    const children = await childrenOf(first.pid ?? 0);
    first.kill('SIGKILL');
    await eventually(async () => ((await Promise.all(children.map(lives))).includes(true) ? undefined : true));

    const second = serve();
    const { http, adminToken: another } = await firstAnswer(second);
    expect(another).toBeUndefined();
    const nodes = await fetch(`${http}/api/v1/nodes`, { headers: { authorization: `Bearer ${adminToken}` } });
    expect(nodes.status).toBe(200);
    second.kill('SIGTERM');
    expect((await once(second, 'exit'))[0]).toBe(0);
  }, 60_000);
});
