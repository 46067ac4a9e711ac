import { channels, encodeJson, type NodeState, toUtf8, topicOf } from '@sedge/protocol';
import { nodeCrypto } from '@sedge/kit';
import { collectingLog } from '@sedge/kit/testing';
import { describe, expect, it } from 'vitest';
import { Dispatch, type UpChannelName, type UpHandlers } from '../../src/broker/dispatch.ts';
import { address, counting, PROJECT, startBroker } from './start-broker.ts';

const state: NodeState = { online: true, boot: 'boot-1' as NodeState['boot'], agent: '0.1.0', at: 1 };
const UP: readonly UpChannelName[] = [
  'state',
  'heartbeat',
  'birth',
  'reportedTwin',
  'commandAccepted',
  'commandRejected',
  'inferResponse',
  'roundAnswer',
  'roundUpdate',
  'blobRequest',
];

function setUp(overrides: Partial<UpHandlers> = {}) {
  const heard: { channel: string; message: unknown }[] = [];
  const recorded = Object.fromEntries(
    UP.map((channel) => [channel, (message: unknown) => void heard.push({ channel, message })]),
  ) as unknown as UpHandlers;
  const observer = counting();
  const log = collectingLog();
  const dispatch = new Dispatch({
    bus: { subscribe: () => Promise.resolve({ end: () => Promise.resolve() }) },
    project: PROJECT,
    crypto: nodeCrypto,
    handlers: { ...recorded, ...overrides },
    observer,
    log,
  });
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { dispatch, heard, observer, log, settled };
}

describe('Dispatch', () => {
  it('decodes a message and says who sent it', async () => {
    const { dispatch, heard, observer, settled } = setUp();
    const from = address('node-a');
    dispatch.take({ topic: topicOf(channels.state, from), payload: encodeJson(channels.state, state) });
    await settled();
    expect(heard).toEqual([{ channel: 'state', message: { from, parameters: {}, body: state } }]);
    expect(observer.outcomes).toEqual(['state ok']);
  });

  it('drops fields of a newer agent', async () => {
    const { dispatch, heard, settled } = setUp();
    const payload = toUtf8(JSON.stringify({ ...state, invented: true }));
    dispatch.take({ topic: topicOf(channels.state, address('node-a')), payload });
    await settled();
    expect(heard).toMatchObject([{ message: { body: state } }]);
    expect(JSON.stringify(heard)).not.toContain('invented');
  });

  it('hands on a frame that outlives the buffer of the network', async () => {
    const { dispatch, heard, settled } = setUp();
    const payload = Uint8Array.of(1, 2, 3);
    const topic = topicOf(channels.inferResponse, address('node-a'), { requestId: 'r-1' });
    dispatch.take({ topic, payload });
    payload.fill(9);
    await settled();
    expect(heard).toMatchObject([{ message: { parameters: { requestId: 'r-1' }, body: Uint8Array.of(1, 2, 3) } }]);
  });

  const hb = topicOf(channels.heartbeat, address('node-a'));
  it.each([
    ['JSON that is no JSON', hb, '{', 'heartbeat BAD_JSON'],
    ['bytes that are no text', hb, Uint8Array.of(0xff, 0xfe), 'heartbeat BAD_JSON'],
    ['a body that is not as documented', hb, '{"seq":-1}', 'heartbeat INVALID_FIELD'],
    ['a channel that nobody knows', hb.replace('up/hb', 'up/new'), '{}', 'unknown BUS_TOPIC_INVALID'],
    ['a channel of the other direction', hb.replace('up/hb', 'down/twin'), '{}', 'desiredTwin BUS_TOPIC_INVALID'],
    ['another project', hb.replace('/default/', '/other/'), '{}', 'heartbeat BUS_TOPIC_INVALID'],
    [
      'a shard that is not the node’s',
      hb.replace(/\/[0-9a-f]{2}\/node-a/, '/00/node-a'),
      '{}',
      'heartbeat BUS_TOPIC_INVALID',
    ],
    ['a topic out of nowhere', 'x', '{}', 'unknown BUS_TOPIC_INVALID'],
  ])('counts and logs %s, and hands nothing on', async (_, topic, payload, outcome) => {
    const { dispatch, heard, observer, log, settled } = setUp();
    dispatch.take({ topic, payload: typeof payload === 'string' ? toUtf8(payload) : payload });
    await settled();
    expect(heard).toEqual([]);
    expect(observer.outcomes).toEqual([outcome]);
    expect(log.entries).toMatchObject([{ level: 'warn', fields: { error: { code: outcome.split(' ')[1] } } }]);
  });

  it('survives handlers that throw and reject', async () => {
    const { dispatch, observer, settled } = setUp({
      state: () => {
        throw new TypeError('broken');
      },
      birth: () => Promise.reject(new Error('broken')),
    });
    const payload = encodeJson(channels.state, state);
    dispatch.take({ topic: topicOf(channels.state, address('node-a')), payload });
    await settled();
    expect(observer.outcomes).toEqual(['state INTERNAL']);
  });

  it('keeps the order of one node while another goes ahead, and answers of inference pass both', async () => {
    const order: string[] = [];
    let open = (): void => undefined;
    const slow = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { dispatch, settled } = setUp({
      state: async ({ from, body }) => {
        if (from.node === 'node-a' && body.at === 1) await slow;
        order.push(`${from.node} ${body.at}`);
      },
      inferResponse: ({ from }) => void order.push(`${from.node} answer`),
    });
    const say = (node: string, at: number): void =>
      dispatch.take({
        topic: topicOf(channels.state, address(node)),
        payload: encodeJson(channels.state, { ...state, at }),
      });
    say('node-a', 1);
    say('node-a', 2);
    say('node-b', 1);
    const topic = topicOf(channels.inferResponse, address('node-a'), { requestId: 'r' });
    dispatch.take({ topic, payload: new Uint8Array() });
    await settled();
    expect(order).toEqual(['node-b 1', 'node-a answer']);
    open();
    await settled();
    expect(order).toEqual(['node-b 1', 'node-a answer', 'node-a 1', 'node-a 2']);
  });

  it('counts what a flooding node sends beyond its share', async () => {
    const { dispatch, observer } = setUp({ state: () => new Promise(() => undefined) });
    const message = { topic: topicOf(channels.state, address('node-a')), payload: encodeJson(channels.state, state) };
    for (let sent = 0; sent < 1_026; sent++) dispatch.take(message);
    expect(observer.outcomes).toEqual(['state OVERLOADED']);
  });

  it('hears real nodes over a real broker', async () => {
    await using running = await startBroker();
    const { heard, observer, log } = setUp();
    const handlers = Object.fromEntries(
      UP.map((channel) => [channel, (message: unknown) => void heard.push({ channel, message })]),
    ) as unknown as UpHandlers;
    const { bus } = running.broker;
    const dispatch = new Dispatch({ bus, project: PROJECT, crypto: nodeCrypto, handlers, observer, log });
    await dispatch.start();
    const node = await running.node('node-a');
    const topic = topicOf(channels.state, address('node-a'));
    await node.publish(topic, encodeJson(channels.state, state), { qos: 1, retain: true });
    await expect.poll(() => heard.length).toBe(1);
    await dispatch.stop();
    await node.publish(topic, encodeJson(channels.state, state), { qos: 1 });
    await running.broker.bus.publish('a/marker', 'x', { qos: 1 });
    expect(heard).toHaveLength(1);
  });
});
