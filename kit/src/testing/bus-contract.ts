import assert from 'node:assert/strict';
import { limits, SedgeError } from '@sedge/protocol';
import type { Bus, BusMessage } from '../bus/bus.ts';
import type { CollectingLog } from './collecting-log.ts';

/** A bus under test, started, with the log that it was given. */
export interface BusUnderTest {
  readonly bus: Bus;
  readonly log: CollectingLog;
}

export interface BusContractCase {
  readonly name: string;
  /** `open` gives a bus over the same broker at each call; whoever calls it stops it. */
  readonly run: (open: () => Promise<BusUnderTest>) => Promise<void>;
}

/** What every implementation of Bus has to do, over whatever broker. Free of any test framework. */
export const busContract: readonly BusContractCase[] = [
  {
    name: 'a message reaches the subscribers of its topic on every bus, the own one included',
    run: (open) =>
      withBuses(open, 2, async ([one, other]) => {
        const own = await collect(one, 'contract/a/+');
        const foreign = await collect(other, 'contract/a/b');
        const missed = await collect(other, 'contract/z/#');
        await one.bus.publish('contract/a/b', 'hello', { qos: 1 });
        await own.atLeast(1);
        await foreign.atLeast(1);
        assert.deepEqual(foreign.texts(), ['hello']);
        assert.equal(own.messages[0]?.topic, 'contract/a/b');
        assert.deepEqual(missed.texts(), []);
      }),
  },
  {
    name: 'bytes arrive unchanged and as a plain array, an empty payload too',
    run: (open) =>
      withBuses(open, 1, async ([one]) => {
        const heard = await collect(one, 'contract/bytes');
        const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
        await one.bus.publish('contract/bytes', bytes, { qos: 1 });
        await one.bus.publish('contract/bytes', new Uint8Array(0), { qos: 0 });
        await heard.atLeast(2);
        assert.equal(Buffer.isBuffer(heard.messages[0]?.payload), false);
        assert.deepEqual([...(heard.messages[0]?.payload ?? [])], [...bytes]);
        assert.equal(heard.messages[1]?.payload.byteLength, 0);
      }),
  },
  {
    name: 'the caller may change its payload at once after publish',
    run: (open) =>
      withBuses(open, 1, async ([one]) => {
        const heard = await collect(one, 'contract/copy');
        const bytes = Uint8Array.of(1, 2, 3);
        const published = one.bus.publish('contract/copy', bytes, { qos: 1 });
        bytes.fill(9);
        await published;
        await heard.atLeast(1);
        assert.deepEqual([...(heard.messages[0]?.payload ?? [])], [1, 2, 3]);
      }),
  },
  {
    name: 'one sender is heard in order, and a burst of both kinds of QoS loses nothing',
    run: (open) =>
      withBuses(open, 2, async ([sender, receiver]) => {
        const heard = await collect(receiver, 'contract/order');
        const sent = Array.from({ length: 400 }, (_, index) => String(index));
        await Promise.all(sent.map((text, index) => sender.bus.publish('contract/order', text, { qos: toQos(index) })));
        await heard.atLeast(sent.length);
        const ofKind = (kind: number) => (text: string) => Number(text) % 2 === kind;
        // MQTT orders messages within one QoS only (MQTT 3.1.1 §4.6).
        assert.deepEqual(heard.texts().filter(ofKind(0)), sent.filter(ofKind(0)));
        assert.deepEqual(heard.texts().filter(ofKind(1)), sent.filter(ofKind(1)));
      }),
  },
  {
    name: 'the longest message passes, one byte more is refused before it is sent',
    run: (open) =>
      withBuses(open, 1, async ([one]) => {
        const topic = 'contract/long';
        const heard = await collect(one, topic);
        const longest = limits.mqttPacketBytesMax - 9 - topic.length;
        await one.bus.publish(topic, new Uint8Array(longest), { qos: 1 });
        await heard.atLeast(1);
        assert.equal(heard.messages[0]?.payload.byteLength, longest);
        const tooLong = one.bus.publish(topic, new Uint8Array(longest + 1), { qos: 1 });
        await assert.rejects(tooLong, hasCode('BUS_MESSAGE_TOO_LONG'));
      }),
  },
  {
    name: 'topics and filters that some broker does not take are refused',
    run: (open) =>
      withBuses(open, 1, async ([one]) => {
        for (const topic of [
          '',
          'a//b',
          'a.b',
          'a b',
          'a/+',
          'a/#',
          '$SYS/x',
          'é',
          `a/${'x'.repeat(65)}`,
          `a${'/b'.repeat(32)}`,
        ]) {
          await assert.rejects(one.bus.publish(topic, '', { qos: 1 }), hasCode('BUS_TOPIC_INVALID'), topic);
        }
        for (const filter of ['', 'a//b', 'a/#/b', 'a+/b', '$share/g/a', '$SYS/#', 'a.b/#', `a${'/+'.repeat(32)}`]) {
          const granted = one.bus.subscribe(filter, () => undefined);
          await assert.rejects(granted, hasCode('BUS_TOPIC_INVALID'), filter);
        }
      }),
  },
  {
    name: 'a handler that throws or rejects ends in the log, and the others hear on',
    run: (open) =>
      withBuses(open, 1, async ([one]) => {
        await one.bus.subscribe('contract/fail/+', () => {
          throw new Error('thrown');
        });
        await one.bus.subscribe('contract/+/now', () => Promise.reject(new Error('rejected')));
        const heard = await collect(one, 'contract/fail/now');
        await one.bus.publish('contract/fail/now', '1', { qos: 1 });
        await one.bus.publish('contract/fail/now', '2', { qos: 1 });
        await heard.atLeast(2);
        await until(() => one.log.messages('error').length >= 4);
        assert.deepEqual(heard.texts(), ['1', '2']);
      }),
  },
  {
    name: 'after its end a subscription hears nothing, and another one of the same filter hears on',
    run: (open) =>
      withBuses(open, 1, async ([one]) => {
        const ended = await collect(one, 'contract/end');
        const kept = await collect(one, 'contract/end');
        await ended.end();
        await ended.end();
        await one.bus.publish('contract/end', '1', { qos: 1 });
        await kept.atLeast(1);
        await kept.end();
        await one.bus.publish('contract/end', '2', { qos: 1 });
        const fresh = await collect(one, 'contract/end');
        await one.bus.publish('contract/end', '3', { qos: 1 });
        await fresh.atLeast(1);
        assert.deepEqual([ended.texts(), kept.texts(), fresh.texts()], [[], ['1'], ['3']]);
      }),
  },
  {
    name: 'a handler may publish and subscribe',
    run: (open) =>
      withBuses(open, 1, async ([one]) => {
        const answers = await collect(one, 'contract/answer');
        await one.bus.subscribe('contract/ask', async ({ payload }) => {
          await one.bus.subscribe('contract/elsewhere', () => undefined);
          await one.bus.publish('contract/answer', payload, { qos: 1 });
        });
        await one.bus.publish('contract/ask', 'ping', { qos: 1 });
        await answers.atLeast(1);
        assert.deepEqual(answers.texts(), ['ping']);
      }),
  },
  {
    name: 'connection changes are told, and stop and start may come twice',
    run: (open) =>
      withBuses(open, 1, async ([{ bus }]) => {
        const changes: boolean[] = [];
        const forget = bus.onConnectionChange((connected) => void changes.push(connected));
        assert.equal(bus.connected, true);
        await bus.start();
        await bus.stop();
        await bus.stop();
        assert.equal(bus.connected, false);
        await bus.start();
        forget();
        await bus.stop();
        assert.deepEqual(changes, [false, true]);
      }),
  },
  {
    name: 'a stopped bus refuses with BUS_CLOSED, and its subscriptions are gone',
    run: (open) =>
      withBuses(open, 2, async ([one, other]) => {
        const heard = await collect(one, 'contract/closed');
        await one.bus.stop();
        await assert.rejects(one.bus.publish('contract/closed', '', { qos: 0 }), hasCode('BUS_CLOSED'));
        await assert.rejects(one.bus.publish('contract/closed', '', { qos: 1 }), hasCode('BUS_CLOSED'));
        const granted = one.bus.subscribe('contract/closed', () => undefined);
        await assert.rejects(granted, hasCode('BUS_CLOSED'));
        await other.bus.publish('contract/closed', 'nobody', { qos: 1 });
        await one.bus.start();
        const again = await collect(one, 'contract/closed');
        await other.bus.publish('contract/closed', 'again', { qos: 1 });
        await again.atLeast(1);
        assert.deepEqual([heard.texts(), again.texts()], [[], ['again']]);
      }),
  },
];

function toQos(index: number): 0 | 1 {
  return index % 2 === 0 ? 0 : 1;
}

interface Heard {
  readonly messages: readonly BusMessage[];
  texts(): string[];
  atLeast(count: number): Promise<void>;
  end(): Promise<void>;
}

async function collect({ bus }: BusUnderTest, filter: string): Promise<Heard> {
  const messages: BusMessage[] = [];
  const subscription = await bus.subscribe(filter, (message) => {
    messages.push({ ...message, payload: message.payload.slice() });
  });
  return {
    messages,
    texts: () => messages.map(({ payload }) => Buffer.from(payload).toString('utf8')),
    atLeast: (count) => until(() => messages.length >= count),
    end: () => subscription.end(),
  };
}

type Several<Count extends number> = Count extends 1 ? [BusUnderTest] : [BusUnderTest, BusUnderTest];

async function withBuses<Count extends 1 | 2>(
  open: () => Promise<BusUnderTest>,
  count: Count,
  use: (buses: Several<Count>) => Promise<void>,
): Promise<void> {
  const buses: BusUnderTest[] = [];
  try {
    while (buses.length < count) buses.push(await open());
    await use(buses as Several<Count>);
  } finally {
    await Promise.all(buses.map(({ bus }) => bus.stop()));
  }
}

/** Real brokers answer in their own time: looks at every turn of the event loop, and gives up after ten seconds. */
async function until(holds: () => boolean): Promise<void> {
  const startMs = performance.now();
  while (!holds()) {
    assert.ok(performance.now() - startMs < 10_000, 'what was waited for did not come within 10 s');
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

function hasCode(code: SedgeError['code']): (error: unknown) => boolean {
  return (error) => error instanceof SedgeError && error.code === code;
}
