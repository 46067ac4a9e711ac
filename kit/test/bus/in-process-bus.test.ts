import { Aedes } from 'aedes';
import { SedgeError } from '@sedge/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedPacket, inProcessBus } from '../../src/index.ts';
import { busContract, collectingLog } from '../../src/testing/index.ts';

describe('inProcessBus over aedes', () => {
  let broker: Aedes;

  beforeAll(async () => {
    broker = await Aedes.createBroker({ concurrency: 0 });
  });
  afterAll(
    () =>
      new Promise<void>((resolve) => {
        broker.close(resolve);
      }),
  );

  async function open() {
    const log = collectingLog();
    const bus = inProcessBus(broker, log);
    await bus.start();
    return { bus, log };
  }

  for (const { name, run } of busContract) it(name, () => run(open));
});

describe('inProcessBus', () => {
  /** A broker that never answers. */
  function mutedBroker() {
    const packets: EmbeddedPacket[] = [];
    return {
      packets,
      publish: (packet: EmbeddedPacket) => void packets.push(packet),
      subscribe: (_filter: string, _take: unknown, done: () => void) => done(),
      unsubscribe: (_filter: string, _take: unknown, done: () => void) => done(),
    };
  }

  it('publishes at QoS 1 whatever is asked for', async () => {
    const broker = mutedBroker();
    const bus = inProcessBus(broker, collectingLog());
    await bus.start();
    const refused = expect(bus.publish('a', 'x', { qos: 0 })).rejects.toThrow('BUS_CLOSED');
    await bus.stop();
    await refused;
    expect(broker.packets).toMatchObject([{ cmd: 'publish', topic: 'a', qos: 1, retain: false }]);
  });

  it('refuses with OVERLOADED what the broker does not keep up with', async () => {
    const bus = inProcessBus(mutedBroker(), collectingLog(), { messagesMax: 2, bytesMax: 100 });
    await bus.start();
    const waiting = [bus.publish('a', 'x', { qos: 1 }), bus.publish('a', 'x', { qos: 1 })];
    await expect(bus.publish('a', 'x', { qos: 1 })).rejects.toMatchObject({ code: 'OVERLOADED' });
    await bus.stop();
    const settled = await Promise.allSettled(waiting);
    expect(settled.map((result) => (result.status === 'rejected' ? result.reason.code : 'sent'))).toEqual([
      'BUS_CLOSED',
      'BUS_CLOSED',
    ]);
  });

  it('counts bytes as well as messages', async () => {
    const bus = inProcessBus(mutedBroker(), collectingLog(), { messagesMax: 10, bytesMax: 8 });
    await bus.start();
    const waiting = expect(bus.publish('a', new Uint8Array(5), { qos: 1 })).rejects.toBeInstanceOf(SedgeError);
    await expect(bus.publish('a', new Uint8Array(5), { qos: 1 })).rejects.toMatchObject({ code: 'OVERLOADED' });
    await bus.stop();
    await waiting;
  });
});
