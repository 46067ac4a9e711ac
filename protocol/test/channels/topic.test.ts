import { describe, expect, it } from 'vitest';
import {
  addressOf,
  channels,
  everyDownTopic,
  everyUpTopic,
  parseTopic,
  topicOf,
  type ChannelName,
  type NodeId,
  type ProjectId,
} from '../../src/index.ts';
import { testCrypto } from '../support/test-crypto.ts';

const address = addressOf(testCrypto, 'default' as ProjectId, 'pi-7' as NodeId);

describe('topic', () => {
  it('carries the first byte of the SHA-256 of the node id as its shard', () => {
    // printf pi-7 | sha256sum
    expect(address.shard).toBe('60');
    expect(topicOf(channels.heartbeat, address)).toBe('sedge/v1/default/60/pi-7/up/hb');
  });

  it('is read back to the channel and the parameters that it was built from', () => {
    for (const name of Object.keys(channels) as ChannelName[]) {
      const { path } = channels[name];
      const filled = path.replaceAll(/\{(\w+)\}/g, 'abc_1');
      expect(parseTopic(`sedge/v1/default/00/pi-7/${filled}`)).toMatchObject({
        channel: name,
        node: 'pi-7',
        shard: '00',
      });
    }
  });

  it('takes only levels that every broker takes', () => {
    for (const requestId of ['', 'a.b', 'a b', 'a/b', '+', '#', 'x'.repeat(65)]) {
      expect(() => topicOf(channels.inferRequest, address, { requestId })).toThrow(/INVALID_FIELD/);
    }
  });

  it.each([
    '',
    'sedge/v1',
    'sedge/v2/default/00/pi-7/up/hb',
    'sedge/v1/default/zz/pi-7/up/hb',
    'sedge/v1/default/00/pi 7/up/hb',
    'sedge/v1/default/00/pi-7/up/unknown',
    'sedge/v1/default/00/pi-7/up/hb/more',
  ])('does not know %j', (topic) => expect(parseTopic(topic)).toBeUndefined());

  it('keeps what the coordinator hears apart from what it says', () => {
    expect(everyUpTopic(address.project)).toBe('sedge/v1/default/+/+/up/#');
    expect(everyDownTopic(address)).toBe('sedge/v1/default/60/pi-7/down/#');
  });
});
