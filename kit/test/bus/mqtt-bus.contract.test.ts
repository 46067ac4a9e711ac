import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, connect as connectTcp, createServer } from 'node:net';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { Backoff, mqttBus, systemClock, systemRandomness, newId } from '../../src/index.ts';
import { busContract, collectingLog, temporaryFolder, type TemporaryFolder } from '../../src/testing/index.ts';

function openerFor(port: () => number) {
  return async () => {
    const log = collectingLog();
    const bus = mqttBus({
      url: `mqtt://127.0.0.1:${port()}`,
      clientId: newId(systemRandomness, 'test'),
      credentials: () => Promise.resolve({ username: 'user', password: 'word' }),
      keepaliveS: 30,
      clock: systemClock,
      log,
      backoff: new Backoff({ baseMs: 10, capMs: 100, randomness: systemRandomness }),
    });
    await bus.start();
    return { bus, log };
  };
}

describe('mqttBus over aedes', () => {
  let broker: Aedes;
  const server = createServer((socket) => void broker.handle(socket));

  beforeAll(async () => {
    broker = await Aedes.createBroker({ concurrency: 0, maxClientsIdLength: 64 });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(async () => {
    server.close();
    await new Promise<void>((resolve) => {
      broker.close(resolve);
    });
  });

  const open = openerFor(() => (server.address() as AddressInfo).port);
  for (const { name, run } of busContract) it(name, () => run(open));
});

const hasMosquitto = spawnSync('mosquitto', ['-h']).error === undefined;

describe.skipIf(!hasMosquitto)(
  `mqttBus over mosquitto${hasMosquitto ? '' : ' (skipped: no mosquitto binary here)'}`,
  () => {
    let folder: TemporaryFolder;
    let port: number;
    let mosquitto: ReturnType<typeof spawn>;

    beforeAll(async () => {
      folder = await temporaryFolder();
      port = await freePort();
      const configPath = join(folder.path, 'mosquitto.conf');
      await writeFile(configPath, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n`);
      mosquitto = spawn('mosquitto', ['-c', configPath], { stdio: 'ignore' });
      await answering(port);
    });
    afterAll(async () => {
      mosquitto.kill();
      await once(mosquitto, 'exit');
      await folder[Symbol.asyncDispose]();
    });

    const open = openerFor(() => port);
    for (const { name, run } of busContract) it(name, () => run(open));
  },
);

/** mosquitto takes no port 0, so it gets one that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answering(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const socket = connectTcp(port, '127.0.0.1');
    const answered = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (answered) return;
    await systemClock.sleep(50);
  }
  throw new Error('mosquitto does not answer');
}
