import { once } from 'node:events';
import { type AddressInfo, createServer, Socket } from 'node:net';
import { Aedes, type AedesOptions } from 'aedes';
import { SedgeError } from '@sedge/protocol';
import { describe, expect, it, vi } from 'vitest';
import { Backoff, type BusMessage, mqttBus, type MqttBusOptions, newId, systemClock } from '../../src/index.ts';
import { seededRandomness, systemRandomness } from '../../src/index.ts';
import { collectingLog } from '../../src/testing/index.ts';

/** An aedes on a free port of the loopback interface. */
async function startBroker(options: AedesOptions = {}) {
  const broker = await Aedes.createBroker({ concurrency: 0, maxClientsIdLength: 64, ...options });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    broker.handle(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    broker,
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cutAll: () => {
      for (const socket of sockets) socket.destroy();
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      await new Promise<void>((resolve) => {
        broker.close(resolve);
      });
    },
  };
}

function busAt(url: string, more: Partial<MqttBusOptions> = {}) {
  return mqttBus({
    url,
    clientId: newId(systemRandomness, 'test'),
    credentials: () => Promise.resolve({ username: 'u', password: 'right' }),
    keepaliveS: 30,
    clock: systemClock,
    log: collectingLog(),
    backoff: new Backoff({ baseMs: 1, capMs: 20, randomness: seededRandomness('mqtt') }),
    ...more,
  });
}

const authenticate: NonNullable<AedesOptions['authenticate']> = (_client, _username, password, done) =>
  done(null, password?.toString() === 'right');

function connected(bus: ReturnType<typeof mqttBus>): Promise<void> {
  return new Promise((resolve) => {
    bus.onConnectionChange((isConnected) => {
      if (isConnected) resolve();
    });
  });
}

describe('mqttBus over a real socket', () => {
  it('turns off the delay of small packets, which would cost each message some 40 ms', async () => {
    await using broker = await startBroker();
    using setNoDelay = vi.spyOn(Socket.prototype, 'setNoDelay');
    const bus = busAt(broker.url);
    await bus.start();
    expect(setNoDelay).toHaveBeenCalledWith(true);
    await bus.stop();
  });

  it('says BROKER_REFUSED for wrong credentials', async () => {
    await using broker = await startBroker({ authenticate });
    const bus = busAt(broker.url, { credentials: () => Promise.resolve({ username: 'u', password: 'wrong' }) });
    const refusal = await bus.start().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(SedgeError);
    expect(refusal).toMatchObject({
      code: 'BROKER_REFUSED',
      detail: expect.stringContaining('not allowed in'),
    });
  });

  it('says COORDINATOR_UNREACHABLE in the log where nothing listens, and stops when asked', async () => {
    const log = collectingLog();
    const bus = busAt('mqtt://127.0.0.1:1', { log });
    const started = expect(bus.start()).rejects.toMatchObject({ code: 'BUS_CLOSED' });
    while (log.messages('warn').length < 2) await systemClock.sleep(1);
    await bus.stop();
    await started;
    expect(log.entries[0]?.fields).toMatchObject({ error: { code: 'COORDINATOR_UNREACHABLE' } });
  });

  it('connects and hears again after its socket was cut, with credentials asked afresh', async () => {
    await using broker = await startBroker({ authenticate });
    let asked = 0;
    const credentials = () => Promise.resolve({ username: `u${++asked}`, password: 'right' });
    const bus = busAt(broker.url, { credentials });
    await bus.start();
    const heard: BusMessage[] = [];
    await bus.subscribe('t/#', (message) => void heard.push(message));
    const back = connected(bus);
    broker.cutAll();
    await back;
    await bus.publish('t/x', 'again', { qos: 1 });
    while (heard.length === 0) await systemClock.sleep(1);
    expect([asked, heard[0]?.topic]).toEqual([2, 't/x']);
    await bus.stop();
  });

  it('leaves its will when it is cut, and none when it stops', async () => {
    await using broker = await startBroker();
    const wills: string[] = [];
    broker.broker.on('publish', ({ topic, payload }) => {
      if (topic === 'n/state') wills.push(payload.toString());
    });
    const will = { topic: 'n/state', payload: 'gone', qos: 1, retain: true } as const;
    const polite = busAt(broker.url, { will });
    await polite.start();
    await polite.stop();
    const rude = busAt(broker.url, { will });
    await rude.start();
    broker.cutAll();
    while (wills.length === 0) await systemClock.sleep(1);
    await rude.stop();
    expect(wills).toEqual(['gone']);
  });

  it('hands what was in flight to the broker before it stops', async () => {
    await using broker = await startBroker();
    const bus = busAt(broker.url);
    await bus.start();
    const published = Promise.all(Array.from({ length: 50 }, (_, index) => bus.publish('t', `${index}`, { qos: 1 })));
    await bus.stop();
    expect(await published).toHaveLength(50);
  });

  it('hears what the broker kept, marked as such', async () => {
    await using broker = await startBroker();
    const [one, other] = [busAt(broker.url), busAt(broker.url)];
    await Promise.all([one.start(), other.start()]);
    await one.publish('t', 'kept', { qos: 1, retain: true });
    const message = await new Promise<BusMessage>((resolve, reject) => {
      other.subscribe('t', resolve).catch(reject);
    });
    expect([message.retain, Buffer.from(message.payload).toString()]).toEqual([true, 'kept']);
    await Promise.all([one.stop(), other.stop()]);
  });

  it('asks again for a subscription whose connection was lost before the answer', async () => {
    let asked = 0;
    await using broker = await startBroker({
      authorizeSubscribe: (client, subscription, done) => {
        if (++asked > 1) return done(null, subscription);
        (client.conn as Socket).destroy();
      },
    });
    const bus = busAt(broker.url);
    await bus.start();
    await bus.subscribe('t', () => undefined);
    expect(asked).toBe(2);
    await bus.stop();
  });

  it('tells the caller when the broker does not grant a subscription', async () => {
    await using broker = await startBroker({
      authorizeSubscribe: (_client, subscription, done) =>
        done(null, subscription.topic === 'mine' ? subscription : null),
    });
    const bus = busAt(broker.url);
    await bus.start();
    await bus.subscribe('mine', () => undefined);
    await expect(bus.subscribe('foreign', () => undefined)).rejects.toMatchObject({ code: 'BROKER_REFUSED' });
    expect(bus.connected).toBe(true);
    await bus.stop();
  });
});
