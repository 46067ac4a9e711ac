import { describe, expect, it } from 'vitest';
import { checkPublish, checkSubscribe, isRetained } from '../../src/broker/permissions.ts';
import { address } from './start-broker.ts';

const own = address('node-a');
const other = address('node-b');
const at = ({ shard, node }: typeof own, rest: string): string => `sedge/v1/default/${shard}/${node}/${rest}`;

describe('checkPublish', () => {
  it.each(['up/state', 'up/hb', 'up/infer/r1', 'up/later/channel'])('allows a node its own %s', (path) => {
    expect(() => checkPublish(own, { topic: at(own, path), qos: 1 })).not.toThrow();
  });

  it.each([
    at(other, 'up/state'),
    at(own, 'down/twin'),
    at(own, 'up'),
    at(own, 'up/'),
    at(own, 'up/a//b'),
    at(own, 'up/a.b'),
    `sedge/v1/default/zz/node-a/up/state`,
    `sedge/v1/other/${own.shard}/node-a/up/state`,
    'sedge/v1/default/events/node-changed',
    '$SYS/x/new/clients',
    'up/state',
  ])('refuses %s', (topic) => {
    expect(() => checkPublish(own, { topic, qos: 0 })).toThrow(/FORBIDDEN/);
  });

  it('refuses QoS 2', () => {
    expect(() => checkPublish(own, { topic: at(own, 'up/hb'), qos: 2 })).toThrow(/FORBIDDEN/);
  });
});

describe('checkSubscribe', () => {
  it.each(['down/#', 'down/twin', 'down/infer/+', 'down/train/#'])('allows a node its own %s', (path) => {
    expect(() => checkSubscribe(own, { topic: at(own, path), qos: 1 })).not.toThrow();
  });

  it.each([
    '#',
    '+/#',
    'sedge/#',
    `sedge/v1/default/+/node-a/down/#`,
    `sedge/v1/default/${own.shard}/+/down/#`,
    at(own, '#'),
    at(own, '+/twin'),
    at(own, 'up/#'),
    at(own, 'down/#/x'),
    at(own, 'down'),
    at(other, 'down/#'),
    `$share/group/${at(own, 'down/#')}`,
    '$SYS/#',
  ])('refuses %s', (topic) => {
    expect(() => checkSubscribe(own, { topic, qos: 0 })).toThrow(/FORBIDDEN/);
  });
});

describe('isRetained', () => {
  it('keeps the state of a node and nothing else', () => {
    expect(isRetained(at(own, 'up/state'))).toBe(true);
    expect(isRetained(at(own, 'up/hb'))).toBe(false);
    expect(isRetained(at(own, 'up/anything'))).toBe(false);
  });
});
