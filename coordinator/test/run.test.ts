import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pid } from 'node:process';
import { systemProcesses } from '@sedge/kit';
import { describe, expect, it } from 'vitest';
import { runCoordinator } from '../src/run.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

interface Outcome {
  readonly status: number;
  readonly written: string[];
  readonly errors: string[];
}

/** Runs the program until it has introduced itself, then asks it to stop. */
async function runOnce(folder: string, args: string[], env: Record<string, string> = {}): Promise<Outcome> {
  const stop = new AbortController();
  const [written, errors]: [string[], string[]] = [[], []];
  const status = await runCoordinator({
    args,
    env: { SEDGE_STATE_DIR: folder, SEDGE_HTTP_PORT: '0', SEDGE_MQTT_PORT: '0', ...env },
    homeFolder: folder,
    processes: systemProcesses(pid),
    isTerminal: false,
    write: (line) => {
      written.push(line);
      stop.abort();
    },
    writeError: (line) => errors.push(line),
    stopRequested: stop.signal,
  });
  return { status, written, errors };
}

describe('runCoordinator', () => {
  it('writes one line of JSON with the ports, and the admin token at the first start only', async () => {
    await using folder = await temporaryFolder();
    const first = await runOnce(folder.path, ['--json']);
    expect(first.status).toBe(0);
    expect(first.written).toHaveLength(1);
    expect(JSON.parse(first.written[0] ?? '')).toEqual({
      http: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      mqtt: expect.stringMatching(/^mqtt:\/\/127\.0\.0\.1:\d+$/),
      keyId: expect.stringMatching(/^[0-9a-f]{64}$/),
      adminToken: expect.stringMatching(/^sedge_/),
    });
    const second = await runOnce(folder.path, ['--json']);
    expect(Object.keys(JSON.parse(second.written[0] ?? '') as object)).toEqual(['http', 'mqtt', 'keyId']);
  });

  it('makes another admin token for whoever has lost the first, and only when asked', async () => {
    await using folder = await temporaryFolder();
    const tokenOf = ({ written }: Outcome): unknown =>
      (JSON.parse(written[0] ?? '') as { adminToken?: string }).adminToken;
    const first = tokenOf(await runOnce(folder.path, ['--json', '--new-admin-token']));
    const second = tokenOf(await runOnce(folder.path, ['--json', '--new-admin-token']));
    expect([first, second]).toEqual([expect.stringMatching(/^sedge_/), expect.stringMatching(/^sedge_/)]);
    expect(second).not.toBe(first);
  });

  it('introduces itself to people, with the token to copy', async () => {
    await using folder = await temporaryFolder();
    const { status, written } = await runOnce(folder.path, []);
    expect(status).toBe(0);
    expect(written.join('\n')).toMatch(/HTTP {2}http:[^]*MQTT {2}mqtt:[^]*SEDGE_TOKEN=sedge_/);
  });

  it('never writes the token into its log', async () => {
    await using folder = await temporaryFolder();
    const { written, errors } = await runOnce(folder.path, ['--json'], { SEDGE_LOG_LEVEL: 'debug' });
    const { adminToken } = JSON.parse(written[0] ?? '') as { adminToken: string };
    expect(errors.join('\n')).not.toContain(adminToken);
  });

  it.each<[string, string[], Record<string, string>, string]>([
    ['an unknown argument', ['--jsn'], {}, 'USAGE'],
    ['a bad variable', [], { SEDGE_HTTP_PORT: 'x' }, 'CONFIG_INVALID'],
    ['a file of settings that is not there', [], { SEDGE_CONFIG: '/nowhere/sedge.yaml' }, 'CONFIG_INVALID'],
  ])('ends with status 1 and a code for %s', async (_, args, env, code) => {
    await using folder = await temporaryFolder();
    const { status, written, errors } = await runOnce(folder.path, args, env);
    expect(status).toBe(1);
    expect(written).toEqual([]);
    expect(errors.join('\n')).toContain(`sedge-coordinator: ${code}: `);
  });

  it('reads the YAML file that SEDGE_CONFIG names', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'sedge.yaml');
    await writeFile(path, 'http:\n  prt: 1\n');
    const { status, errors } = await runOnce(folder.path, [], { SEDGE_CONFIG: path });
    expect(status).toBe(1);
    expect(errors.join('\n')).toContain('http.port');
  });

  it('says STATE_UNREADABLE when the folder cannot be made', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'file'), '');
    const { status, errors } = await runOnce(join(folder.path, 'file', 'below'), []);
    expect(status).toBe(1);
    expect(errors.join('\n')).toContain('STATE_UNREADABLE');
  });
});
