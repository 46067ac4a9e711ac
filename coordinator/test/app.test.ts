import { createServer, type AddressInfo } from 'node:net';
import { pid } from 'node:process';
import { systemClock, systemProcesses, systemRandomness } from '@sedge/kit';
import { collectingLog } from '@sedge/kit/testing';
import { describe, expect, it } from 'vitest';
import { type Coordinator, createCoordinator } from '../src/app.ts';
import { loadCoordinatorConfig } from '../src/config.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

function coordinatorIn(folder: string, env: Record<string, string> = {}): Coordinator & AsyncDisposable {
  const free = { SEDGE_STATE_DIR: folder, SEDGE_HTTP_PORT: '0', SEDGE_MQTT_PORT: '0' };
  const coordinator = createCoordinator(loadCoordinatorConfig({ env: { ...free, ...env } }), {
    clock: systemClock,
    randomness: systemRandomness,
    log: collectingLog(),
    processes: systemProcesses(pid),
    homeFolder: folder,
  });
  return {
    start: () => coordinator.start(),
    stop: () => coordinator.stop(),
    [Symbol.asyncDispose]: () => coordinator.stop(),
  };
}

async function takenPort(): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
    });
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: close };
}

function get(url: string, token?: string): Promise<Response> {
  return fetch(url, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
}

describe('a coordinator', () => {
  it('opens its doors on free ports and answers', async () => {
    await using folder = await temporaryFolder();
    await using coordinator = coordinatorIn(folder.path);
    const { httpUrl, mqttUrl, keyId, adminToken } = await coordinator.start();
    expect(mqttUrl).toMatch(/^mqtt:\/\/127\.0\.0\.1:[1-9]\d+$/);
    expect((await get(`${httpUrl}/readyz`)).status).toBe(200);
    const info = (await (await get(`${httpUrl}/api/v1/info`, adminToken)).json()) as Record<string, unknown>;
    expect(info).toMatchObject({ keyId, mqttUrl, project: 'default' });
    expect((await get(`${httpUrl}/api/v1/info`)).status).toBe(401);
  });

  it('is the same after a restart: key, tokens and ledger', async () => {
    await using folder = await temporaryFolder();
    const first = coordinatorIn(folder.path);
    const { keyId, adminToken } = await first.start();
    await first.stop();
    await using second = coordinatorIn(folder.path);
    const again = await second.start();
    expect(again.keyId).toBe(keyId);
    expect(again.adminToken).toBeUndefined();
    const ledger = (await (await get(`${again.httpUrl}/api/v1/ledger`, adminToken)).json()) as { items: unknown[] };
    expect(ledger.items).toHaveLength(1);
  });

  it('refuses a folder that another coordinator uses with STATE_LOCKED', async () => {
    await using folder = await temporaryFolder();
    await using first = coordinatorIn(folder.path);
    await first.start();
    await using second = coordinatorIn(folder.path);
    await expect(second.start()).rejects.toMatchObject({ code: 'STATE_LOCKED' });
    expect((await get(`${(await first.start()).httpUrl}/healthz`)).status).toBe(200);
  });

  it.each(['SEDGE_HTTP_PORT', 'SEDGE_MQTT_PORT'])(
    'says PORT_IN_USE when %s is taken, leaves the folder free, and keeps the admin token for the next start',
    async (variable) => {
      await using folder = await temporaryFolder();
      await using taken = await takenPort();
      await using refused = coordinatorIn(folder.path, { [variable]: String(taken.port) });
      await expect(refused.start()).rejects.toMatchObject({ code: 'PORT_IN_USE' });
      await using coordinator = coordinatorIn(folder.path);
      expect((await coordinator.start()).adminToken).toMatch(/^sedge_/);
    },
  );

  it('may be started and stopped twice', async () => {
    await using folder = await temporaryFolder();
    const coordinator = coordinatorIn(folder.path);
    const [one, two] = await Promise.all([coordinator.start(), coordinator.start()]);
    expect(one).toBe(two);
    await coordinator.stop();
    await coordinator.stop();
    await expect(get(`${one.httpUrl}/healthz`)).rejects.toThrow('fetch failed');
  });
});
