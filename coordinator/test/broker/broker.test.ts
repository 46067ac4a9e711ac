import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { everyDownTopic, everyUpTopic } from '@sedge/protocol';
import { silentLog, systemClock, withDeadline, type BusMessage } from '@sedge/kit';
import { describe, expect, it } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import { packets, RawClient } from './raw-client.ts';
import { address, counting, PASSWORD, PROJECT, startBroker } from './start-broker.ts';

const own = (node: string, rest: string): string => `sedge/v1/default/${address(node).shard}/${node}/${rest}`;
const credentials = (node: string) => ({ clientId: node, username: node, password: PASSWORD });
/** CONNACK is 0x20, length 2, session present, return code (MQTT 3.1.1 §3.2). */
const ACCEPTED = [0x20, 2, 0, 0];
const NOT_AUTHORIZED = [0x20, 2, 0, 5];

describe('the broker lets in', () => {
  it('a node with its token, and carries messages both ways', async () => {
    await using running = await startBroker();
    const heard: BusMessage[] = [];
    const spoken: string[] = [];
    await running.broker.bus.subscribe(everyUpTopic(PROJECT), (message) => void heard.push({ ...message }));
    const node = await running.node('node-a');
    const told = new Promise<void>((resolve) => {
      void node.subscribe(everyDownTopic(address('node-a')), ({ payload }) => {
        spoken.push(Buffer.from(payload).toString());
        resolve();
      });
    });
    await node.publish(own('node-a', 'up/hb'), 'one', { qos: 1 });
    await running.broker.bus.publish(own('node-a', 'down/twin'), 'two', { qos: 1 });
    await told;
    expect(heard.map(({ topic }) => topic)).toEqual([own('node-a', 'up/hb')]);
    expect(spoken).toEqual(['two']);
  });

  it.each([
    ['a wrong token', { ...credentials('node-a'), password: 'wrong' }],
    ['no token', { clientId: 'node-a', username: 'node-a' }],
    ['no name', { clientId: 'node-a' }],
    ['a client id that is another node', { ...credentials('node-a'), clientId: 'node-b' }],
    ['a name that is no node id', { ...credentials('node-a'), username: '../x', clientId: '../x' }],
    [
      'a last will of another node',
      { ...credentials('node-a'), will: { topic: own('node-b', 'up/state'), payload: '{}' } },
    ],
    [
      'a last will of QoS 2',
      { ...credentials('node-a'), will: { topic: own('node-a', 'up/state'), payload: '{}', qos: 2 } },
    ],
  ])('nobody with %s', async (_, fields) => {
    await using running = await startBroker();
    await using client = await RawClient.open(running.port);
    client.send(packets.connect(fields));
    expect([...(await client.bytes(4))]).toEqual(NOT_AUTHORIZED);
    await client.closed();
    expect(running.counts.refusals).toContain('connect');
  });

  it('a client that asks for a lasting session, without giving it one', async () => {
    await using running = await startBroker();
    const subscribe = packets.subscribe(own('node-a', 'down/#'), 1);
    {
      await using first = await RawClient.open(running.port);
      first.send(Buffer.concat([packets.connect({ ...credentials('node-a'), clean: false })]));
      expect([...(await first.bytes(4))]).toEqual(ACCEPTED);
      first.send(subscribe);
      await first.bytes(9);
    }
    await running.broker.bus.publish(own('node-a', 'down/twin'), 'while away', { qos: 1 });
    await using again = await RawClient.open(running.port);
    again.send(packets.connect({ ...credentials('node-a'), clean: false }));
    await again.bytes(4);
    again.send(packets.subscribe(own('node-a', 'down/other')));
    // The SUBACK is the next thing that comes: nothing was kept.
    expect([...(await again.bytes(9))]).toEqual([...ACCEPTED, 0x90, 3, 0, 1, 0]);
  });

  it('no more connections than it may have', async () => {
    await using running = await startBroker({ connectionsMax: 2 });
    await using first = await RawClient.open(running.port);
    await using second = await RawClient.open(running.port);
    first.send(packets.connect(credentials('node-a')));
    second.send(packets.connect(credentials('node-b')));
    await Promise.all([first.bytes(4), second.bytes(4)]);
    await using third = await RawClient.open(running.port);
    await third.closed();
    expect(running.counts.refusals).toEqual(['capacity']);
    expect(running.broker.connections).toBe(2);
  });
});

describe('the broker cuts off', () => {
  it('a connection that announces 256 MB before it has said who it is', async () => {
    await using running = await startBroker();
    await using client = await RawClient.open(running.port);
    client.send(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]));
    for (let sent = 0; sent < 64 && !client.isClosed; sent++) {
      client.send(Buffer.alloc(64 * 1024));
      await new Promise(setImmediate);
    }
    await client.closed();
    expect(running.counts.refusals).toContain('packet');
  });

  it('a connection that does not speak MQTT', async () => {
    await using running = await startBroker();
    await using client = await RawClient.open(running.port);
    client.send(Buffer.from('GET /mqtt HTTP/1.1\r\n\r\n'));
    await client.closed();
    expect(running.counts.refusals).toEqual(['packet']);
  });

  it('a connection without a CONNECT in time', async () => {
    await using running = await startBroker({ connectTimeoutMs: 50 });
    await using client = await RawClient.open(running.port);
    client.send(Buffer.from([0x10, 0x7f]));
    await client.closed();
    expect(running.broker.connections).toBe(0);
  });

  it('a node whose packet is longer than a packet may be', async () => {
    await using running = await startBroker();
    await using client = await RawClient.open(running.port);
    client.send(packets.connect(credentials('node-a')));
    await client.bytes(4);
    client.send(packets.publish(own('node-a', 'up/hb'), Buffer.alloc(300_000)));
    await client.closed();
    expect(running.counts.refusals).toEqual(['packet']);
  });

  it.each([
    ['for another node', own('node-b', 'up/state'), 0],
    ['to itself', own('node-a', 'down/twin'), 0],
    ['to the broker', '$SYS/x/new/clients', 0],
    ['with QoS 2', own('node-a', 'up/hb'), 2],
    ['with twenty levels', own('node-a', `up${'/x'.repeat(20)}`), 0],
  ])('a node that publishes %s, and nobody hears it', async (_, topic, qos) => {
    await using running = await startBroker();
    const heard: string[] = [];
    await running.broker.bus.subscribe('#', (message) => void heard.push(message.topic));
    await using client = await RawClient.open(running.port);
    client.send(packets.connect(credentials('node-a')));
    await client.bytes(4);
    client.send(packets.publish(topic, '{}', { qos }));
    await client.closed();
    expect(heard).toEqual([]);
  });

  it('a node that is no longer welcome', async () => {
    await using running = await startBroker();
    await using client = await RawClient.open(running.port);
    client.send(packets.connect(credentials('node-a')));
    await client.bytes(4);
    running.broker.disconnect(address('node-a').node);
    await client.closed();
    expect(running.broker.connections).toBe(0);
  });
});

describe('a subscription', () => {
  it.each(['#', '$SYS/#', `$share/g/${own('node-a', 'down/#')}`, own('node-b', 'down/#'), own('node-a', '+/#')])(
    'to %s is refused, and the node stays',
    async (filter) => {
      await using running = await startBroker();
      await using client = await RawClient.open(running.port);
      client.send(packets.connect(credentials('node-a')));
      await client.bytes(4);
      client.send(packets.subscribe(filter));
      // MQTT 3.1.1 §3.9.3: 0x80 is failure.
      expect([...(await client.bytes(9))].slice(4)).toEqual([0x90, 3, 0, 1, 0x80]);
      expect(client.isClosed).toBe(false);
    },
  );

  it('is refused beyond a bounded number', async () => {
    await using running = await startBroker();
    await using client = await RawClient.open(running.port);
    client.send(packets.connect(credentials('node-a')));
    await client.bytes(4);
    for (let index = 0; index < 65; index++) {
      client.send(packets.subscribe(own('node-a', `down/x${index}`)));
      await client.bytes(4 + 5 * (index + 1));
    }
    const answers = client.received.subarray(4);
    expect(answers.at(5 * 64 - 1)).toBe(0);
    expect(answers.at(5 * 65 - 1)).toBe(0x80);
  });
});

describe('a last will', () => {
  it('is published when the node is lost', async () => {
    await using running = await startBroker();
    const heard = new Promise<string>((resolve) => {
      void running.broker.bus.subscribe(everyUpTopic(PROJECT), ({ payload }) =>
        resolve(Buffer.from(payload).toString()),
      );
    });
    await using client = await RawClient.open(running.port);
    const will = { topic: own('node-a', 'up/state'), payload: 'gone', qos: 1, retain: true };
    client.send(packets.connect({ ...credentials('node-a'), will }));
    await client.bytes(4);
    client.socket.destroy();
    expect(await heard).toBe('gone');
  });
});

describe('a subscriber that does not read', () => {
  it('costs its own messages, never those of others', { timeout: 30_000 }, async () => {
    await using running = await startBroker({ backlogBytesMax: 1024 * 1024 });
    await using frozen = await RawClient.open(running.port);
    frozen.send(packets.connect(credentials('frozen')));
    await frozen.bytes(4);
    frozen.send(packets.subscribe(own('frozen', 'down/#')));
    await frozen.bytes(9);
    frozen.socket.pause();
    const healthy = await running.node('healthy');
    let received = 0;
    await healthy.subscribe(everyDownTopic(address('healthy')), () => void (received += 1));

    const MESSAGES = 300;
    const large = Buffer.alloc(200_000);
    const toFrozen: Promise<unknown>[] = [];
    for (let sent = 0; sent < MESSAGES; sent++) {
      toFrozen.push(
        running.broker.bus.publish(own('frozen', 'down/x'), large, { qos: 1 }).catch((error: unknown) => error),
      );
      const published = running.broker.bus.publish(own('healthy', 'down/x'), 'hello', { qos: 1 });
      await withDeadline(published, 2_000, systemClock, 'OVERLOADED');
    }
    await expect.poll(() => received, { timeout: 5_000 }).toBe(MESSAGES);
    // 60 MB were sent towards it; what is not in its backlog or the kernel's buffers was dropped.
    expect(running.counts.drops).toBeGreaterThan(MESSAGES / 2);
    frozen.socket.destroy();
    await Promise.all(toFrozen);
  });

  it('is cut off when it has taken nothing for the drain timeout', async () => {
    await using running = await startBroker({ drainTimeoutMs: 200 });
    await using frozen = await RawClient.open(running.port);
    frozen.send(packets.connect(credentials('frozen')));
    await frozen.bytes(4);
    frozen.send(packets.subscribe(own('frozen', 'down/#')));
    await frozen.bytes(9);
    frozen.socket.pause();
    const large = Buffer.alloc(200_000);
    const sends = Array.from({ length: 60 }, () =>
      running.broker.bus.publish(own('frozen', 'down/x'), large, { qos: 1 }),
    );
    await expect.poll(() => running.broker.connections, { timeout: 5_000 }).toBe(0);
    await Promise.all(sends);
  });
});

describe('start and stop', () => {
  it('tells which port is taken, and leaves nothing running', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const broker = new Broker({
      host: '127.0.0.1',
      port,
      addressOf: (node) => address(node),
      verify: () => undefined,
      observer: counting(),
      log: silentLog,
    });
    await expect(broker.start()).rejects.toMatchObject({ code: 'PORT_IN_USE' });
    expect(broker.bus.connected).toBe(false);
    expect(timers()).toBe(before);
    taken.close();
  });

  it('may be called twice', async () => {
    const running = await startBroker();
    await running.broker.start();
    await running.broker.stop();
    await running.broker.stop();
    await expect(RawClient.open(running.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('survives a token check that throws something odd', async () => {
    const counts = counting();
    const broker = new Broker({
      host: '127.0.0.1',
      port: 0,
      addressOf: () => {
        throw new TypeError('broken');
      },
      verify: () => Promise.reject(new Error('broken')),
      observer: counts,
      log: silentLog,
    });
    await broker.start();
    await using client = await RawClient.open(broker.port ?? 0);
    client.send(packets.connect(credentials('node-a')));
    expect([...(await client.bytes(4))]).toEqual(NOT_AUTHORIZED);
    await broker.stop();
  });
});
