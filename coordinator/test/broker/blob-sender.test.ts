import { channels, decodeChunk, decodeJson, digestHexOf, digestOf, limits, parseTopic } from '@sedge/protocol';
import { nodeCrypto, seededRandomness } from '@sedge/kit';
import { describe, expect, it } from 'vitest';
import { BlobSender } from '../../src/broker/blob-sender.ts';
import { address } from './start-broker.ts';

const CHUNK = limits.chunkDataBytesMax;

function setUp(content: Uint8Array) {
  const digest = digestOf(nodeCrypto, content);
  const sent: { topic: string; payload: Uint8Array }[] = [];
  const sender = new BlobSender({
    crypto: nodeCrypto,
    blobs: {
      sizeOf: (asked) => Promise.resolve(asked === digest ? content.byteLength : undefined),
      readRange: (_, start, end) => Promise.resolve(content.subarray(start, end)),
    },
    bus: {
      publish: (topic, payload) => {
        sent.push({ topic, payload: payload as Uint8Array });
        return Promise.resolve();
      },
    },
  });
  const ask = (offset: number, chunks: number, hex: string = digestHexOf(digest)): Promise<void> =>
    sender.answer({ from: address('node-a'), parameters: { digest: hex }, body: { offset, chunks } });
  return { ask, sent };
}

const content = seededRandomness('blob').bytes(2 * CHUNK + 1_000);

describe('BlobSender', () => {
  it('sends a window that puts together to the content', async () => {
    const { ask, sent } = setUp(content);
    await ask(0, 8);
    const chunks = sent.map(({ payload }) => decodeChunk(nodeCrypto, payload));
    expect(chunks.map(({ offset }) => offset)).toEqual([0, CHUNK, 2 * CHUNK]);
    expect(Buffer.concat(chunks.map(({ data }) => data)).equals(content)).toBe(true);
    expect(sent.map(({ topic }) => parseTopic(topic)?.parameters['offset'])).toEqual(['0', `${CHUNK}`, `${2 * CHUNK}`]);
  });

  it('sends no more than was asked for, from where it was asked, as the same stream', async () => {
    const { ask, sent } = setUp(content);
    await ask(0, 1);
    await ask(CHUNK, 1);
    const chunks = sent.map(({ payload }) => decodeChunk(nodeCrypto, payload));
    expect(chunks.map(({ sequence }) => sequence)).toEqual([0, 1]);
    expect(chunks[0]?.stream).toBe(chunks[1]?.stream);
  });

  it('sends content without bytes as one empty chunk', async () => {
    const { ask, sent } = setUp(new Uint8Array());
    await ask(0, 8);
    expect(sent.map(({ payload }) => decodeChunk(nodeCrypto, payload).total)).toEqual([0]);
  });

  it.each([
    ['content that is not there', 0, 'f'.repeat(64), 'BLOB_NOT_FOUND'],
    ['an offset off the grid', 1, undefined, 'RANGE_NOT_SATISFIABLE'],
    ['an offset past the end', 3 * CHUNK, undefined, 'RANGE_NOT_SATISFIABLE'],
  ])('refuses %s', async (_, offset, hex, code) => {
    const { ask, sent } = setUp(content);
    await ask(offset, 1, hex);
    expect(sent.map(({ payload }) => decodeJson(channels.blobRefused, payload))).toEqual([{ code }]);
  });

  it('does not answer a digest that is none', async () => {
    const { ask, sent } = setUp(content);
    await expect(ask(0, 1, 'not-hex')).rejects.toMatchObject({ code: 'INVALID_FIELD' });
    expect(sent).toEqual([]);
  });
});
