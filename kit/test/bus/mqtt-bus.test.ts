import { SedgeError } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import type { BrokerConnection, MessageListener, OpenConnection } from '../../src/bus/mqtt-connection.ts';
import type { UnsentMessage } from '../../src/bus/unsent-messages.ts';
import { mqttBus, type MqttBusOptions } from '../../src/index.ts';
import { collectingLog, fakeClock } from '../../src/testing/index.ts';

interface FakeConnection extends BrokerConnection {
  readonly username: string;
  readonly subscribed: string[];
  readonly sent: UnsentMessage[];
  /** Acknowledges everything that was sent so far. */
  acknowledge(): void;
  lose(): void;
  say: MessageListener;
}

/** A broker whose connections a test holds in its hands. */
function fakeBroker() {
  const connections: FakeConnection[] = [];
  const refusals: SedgeError[] = [];
  const refusedFilters = new Set<string>();

  const open: OpenConnection = (_options, { username }, onMessage) => {
    const refusal = refusals.shift();
    if (refusal !== undefined) return Promise.reject(refusal);
    const connection = fakeConnection(username, onMessage, refusedFilters);
    connections.push(connection);
    return Promise.resolve(connection);
  };
  return { open, connections, refusals, refusedFilters };
}

function fakeConnection(username: string, say: MessageListener, refusedFilters: Set<string>): FakeConnection {
  const pending: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const [subscribed, sent]: [string[], UnsentMessage[]] = [[], []];
  let isOpen = true;
  let hasClosed = (): void => undefined;
  const closed = new Promise<void>((resolve) => {
    hasClosed = resolve;
  });
  const lose = (): void => {
    isOpen = false;
    for (const { reject } of pending.splice(0)) reject(new Error('Connection closed'));
    hasClosed();
  };
  return {
    username,
    subscribed,
    sent,
    say,
    closed,
    lose,
    drop: lose,
    get isOpen() {
      return isOpen;
    },
    acknowledge: () => {
      for (const { resolve } of pending.splice(0)) resolve();
    },
    publish: (message) => {
      sent.push(message);
      return new Promise((resolve, reject) => void pending.push({ resolve, reject }));
    },
    subscribe: (filter, qos) => {
      if (refusedFilters.has(filter)) return Promise.reject(new SedgeError('BROKER_REFUSED', filter));
      subscribed.push(`${filter}@${qos}`);
      return Promise.resolve();
    },
    unsubscribe: () => Promise.resolve(),
    close: () => {
      lose();
      return closed;
    },
  };
}

function setUp(more: Partial<MqttBusOptions> = {}) {
  const clock = fakeClock();
  const log = collectingLog();
  const broker = fakeBroker();
  let tokens = 0;
  let resets = 0;
  const bus = mqttBus({
    url: 'mqtt://127.0.0.1:1',
    clientId: 'n',
    keepaliveS: 30,
    credentials: () => Promise.resolve({ username: `token-${++tokens}`, password: '' }),
    clock,
    log,
    backoff: { nextMs: () => 1_000, reset: () => void (resets += 1) },
    open: broker.open,
    ...more,
  });
  const connection = (index: number): FakeConnection => {
    const found = broker.connections[index];
    if (found === undefined) throw new Error(`there was no connection ${index}`);
    return found;
  };
  return { bus, clock, log, broker, connection, resets: () => resets };
}

const refused = () => new SedgeError('BROKER_REFUSED', 'user name or password are wrong');
const unreachable = () => new SedgeError('COORDINATOR_UNREACHABLE', 'no broker answers');

describe('mqttBus connections', () => {
  it('tries on through an outage, with a wait and fresh credentials each time', async () => {
    const { bus, clock, broker, connection } = setUp();
    broker.refusals.push(unreachable(), unreachable());
    const started = bus.start();
    await clock.advance(1_999);
    expect([bus.connected, broker.connections.length]).toEqual([false, 0]);
    await clock.advance(1);
    await started;
    expect([bus.connected, connection(0).username]).toEqual([true, 'token-3']);
    await bus.stop();
  });

  it('gives up at a refusal before the first connection, and may be started again', async () => {
    const heard: SedgeError[] = [];
    const { bus, clock, broker } = setUp({ onRefused: (error) => void heard.push(error) });
    broker.refusals.push(refused());
    await expect(bus.start()).rejects.toMatchObject({ code: 'BROKER_REFUSED' });
    await clock.advance(60_000);
    expect([heard.length, broker.connections.length]).toEqual([1, 0]);
    await expect(bus.publish('a', '', { qos: 1 })).rejects.toMatchObject({ code: 'BUS_CLOSED' });
    await bus.start();
    expect(bus.connected).toBe(true);
    await bus.stop();
  });

  it('goes on after a later refusal, and tells of it', async () => {
    const heard: SedgeError[] = [];
    const { bus, clock, broker, connection } = setUp({ onRefused: (error) => void heard.push(error) });
    await bus.start();
    broker.refusals.push(refused());
    connection(0).lose();
    await clock.advance(2_000);
    expect([heard.length, bus.connected, broker.connections.length]).toEqual([1, true, 2]);
    await bus.stop();
  });

  it('treats credentials that cannot be had like an outage', async () => {
    let attempts = 0;
    const credentials = () =>
      ++attempts < 3 ? Promise.reject(unreachable()) : Promise.resolve({ username: 'u', password: 'p' });
    const { bus, clock } = setUp({ credentials });
    const started = bus.start();
    await clock.advance(2_000);
    await started;
    expect([attempts, bus.connected]).toEqual([3, true]);
    await bus.stop();
  });

  it('begins its waits anew only after a connection that lasted', async () => {
    const { bus, clock, connection, resets } = setUp();
    await bus.start();
    connection(0).lose();
    await clock.advance(1_000);
    expect(resets()).toBe(0);
    await clock.advance(10_000);
    connection(1).lose();
    await clock.advance(1_000);
    expect(resets()).toBe(1);
    await bus.stop();
  });

  it('stops while it waits, while it asks for credentials, and before it ever connected', async () => {
    const waiting = setUp();
    waiting.broker.refusals.push(unreachable());
    const started = expect(waiting.bus.start()).rejects.toMatchObject({ code: 'BUS_CLOSED' });
    await waiting.clock.settle();
    await waiting.bus.stop();
    await started;
    const asking = setUp({ credentials: () => new Promise(() => undefined) });
    const begun = expect(asking.bus.start()).rejects.toMatchObject({ code: 'BUS_CLOSED' });
    await asking.bus.stop();
    await begun;
    expect([waiting.clock.pendingTimers, asking.clock.pendingTimers]).toEqual([0, 0]);
  });

  it('may be started while it stops: the new connection waits for the end of the old one', async () => {
    const { bus, clock, connection, broker } = setUp();
    await bus.start();
    connection(0).close = () => new Promise(() => undefined);
    const stopped = bus.stop();
    const started = bus.start();
    await clock.advance(1_999);
    expect([bus.connected, broker.connections.length]).toEqual([false, 1]);
    await clock.advance(1);
    await Promise.all([stopped, started]);
    expect([connection(0).isOpen, connection(1).isOpen, bus.connected]).toEqual([false, true, true]);
    await bus.stop();
    expect(connection(1).isOpen).toBe(false);
  });

  it('lets go of a connection that is accepted in the moment of the stop', async () => {
    const accepted = fakeConnection('u', () => undefined, new Set());
    let accept = (): void => undefined;
    const open: OpenConnection = () =>
      new Promise((resolve) => {
        accept = () => resolve(accepted);
      });
    const { bus, clock } = setUp({ open });
    const started = expect(bus.start()).rejects.toMatchObject({ code: 'BUS_CLOSED' });
    await clock.settle();
    accept();
    await bus.stop();
    await started;
    expect([accepted.isOpen, accepted.sent.length, bus.connected]).toEqual([false, 0, false]);
  });

  it('survives an onRefused that throws', async () => {
    const onRefused = (): void => {
      throw new Error('listener');
    };
    const { bus, broker, log } = setUp({ onRefused });
    broker.refusals.push(refused());
    await expect(bus.start()).rejects.toMatchObject({ code: 'BROKER_REFUSED' });
    expect(log.messages('error')).toEqual(['a listener to refusals failed']);
  });

  it('cuts a connection that does not let go in time', async () => {
    const { bus, clock, connection, log } = setUp();
    await bus.start();
    connection(0).close = () => new Promise(() => undefined);
    const stopped = bus.stop();
    await clock.advance(2_000);
    await stopped;
    expect(connection(0).isOpen).toBe(false);
    expect(log.messages('warn')).toContain('the connection to the broker was cut');
  });
});

describe('mqttBus subscriptions', () => {
  it('come back with the connection, before it is told of', async () => {
    const { bus, clock, connection } = setUp();
    await bus.start();
    await bus.subscribe('down/#', () => undefined);
    await bus.subscribe('infer/+', () => undefined, { qos: 0 });
    const told: [boolean, number][] = [];
    bus.onConnectionChange((connected) => {
      told.push([connected, connected ? connection(1).subscribed.length : 0]);
    });
    connection(0).lose();
    await clock.advance(1_000);
    expect(connection(1).subscribed).toEqual(['down/#@1', 'infer/+@0']);
    expect(told).toEqual([
      [false, 0],
      [true, 2],
    ]);
    await bus.stop();
  });

  it('wait for the connection when there is none', async () => {
    const { bus, clock, connection } = setUp();
    await bus.start();
    connection(0).lose();
    await clock.settle();
    let isGranted = false;
    const granted = bus.subscribe('late', () => undefined).then(() => (isGranted = true));
    await clock.advance(999);
    expect(isGranted).toBe(false);
    await clock.advance(1);
    await granted;
    expect(connection(1).subscribed).toEqual(['late@1']);
    await bus.stop();
  });

  it('that the broker refuses are refused to the caller, and not asked for again', async () => {
    const { bus, clock, connection, broker } = setUp();
    broker.refusedFilters.add('foreign/#');
    await bus.start();
    await expect(bus.subscribe('foreign/#', () => undefined)).rejects.toMatchObject({ code: 'BROKER_REFUSED' });
    broker.refusedFilters.clear();
    connection(0).lose();
    await clock.advance(1_000);
    expect(connection(1).subscribed).toEqual([]);
    await bus.stop();
  });

  it('of one filter are asked for with the highest QoS', async () => {
    const { bus, connection } = setUp();
    await bus.start();
    await bus.subscribe('a', () => undefined, { qos: 1 });
    await bus.subscribe('a', () => undefined, { qos: 0 });
    expect(connection(0).subscribed).toEqual(['a@1', 'a@1']);
    await bus.stop();
  });

  it('hear only what they asked for', async () => {
    const { bus, connection } = setUp();
    await bus.start();
    const heard: string[] = [];
    await bus.subscribe('a/+', ({ topic, retain }) => void heard.push(`${topic} ${String(retain)}`));
    connection(0).say('a/b', new Uint8Array(), true);
    connection(0).say('a/b/c', new Uint8Array(), false);
    expect(heard).toEqual(['a/b true']);
    await bus.stop();
  });
});

describe('mqttBus messages', () => {
  it('of QoS 1 wait through an outage and are sent again in order until they are acknowledged', async () => {
    const { bus, clock, connection } = setUp();
    await bus.start();
    const outcomes: string[] = [];
    const publish = (text: string): void => void bus.publish('t', text, { qos: 1 }).then(() => outcomes.push(text));
    publish('1');
    connection(0).acknowledge();
    publish('2');
    await clock.settle();
    connection(0).lose();
    await clock.settle();
    publish('3');
    await clock.advance(1_000);
    expect(connection(1).sent.map(({ payload }) => payload.toString())).toEqual(['2', '3']);
    expect(outcomes).toEqual(['1']);
    connection(1).acknowledge();
    await clock.settle();
    expect(outcomes).toEqual(['1', '2', '3']);
    await bus.stop();
  });

  it('of QoS 0 are refused without a connection, and with the one that they were sent on', async () => {
    const { bus, clock, connection } = setUp();
    await bus.start();
    const lost = expect(bus.publish('t', '', { qos: 0 })).rejects.toMatchObject({ code: 'BUS_CLOSED' });
    connection(0).lose();
    await lost;
    await clock.settle();
    await expect(bus.publish('t', '', { qos: 0 })).rejects.toMatchObject({ code: 'BUS_CLOSED' });
    await clock.advance(1_000);
    expect(connection(1).sent).toEqual([]);
    await bus.stop();
  });

  it('are refused with OVERLOADED beyond the backlog, and with BUS_CLOSED at the end', async () => {
    const { bus, clock, connection } = setUp({ backlog: { messagesMax: 1, bytesMax: 1_000 } });
    await bus.start();
    connection(0).lose();
    await clock.settle();
    const waiting = expect(bus.publish('t', '1', { qos: 1 })).rejects.toMatchObject({ code: 'BUS_CLOSED' });
    await expect(bus.publish('t', '2', { qos: 1 })).rejects.toMatchObject({ code: 'OVERLOADED' });
    await bus.stop();
    await waiting;
  });
});
