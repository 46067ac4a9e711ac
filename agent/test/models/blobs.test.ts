import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeCrypto, seededRandomness, silentLog } from '@sedge/kit';
import { fakeClock } from '@sedge/kit/testing';
import {
  digestHexOf,
  digestOf,
  encodeChunk,
  limits,
  SedgeError,
  type BlobRequest,
  type DigestHex,
} from '@sedge/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlobCache } from '../../src/models/blob-cache.ts';
import { BlobFetcher } from '../../src/models/blob-fetcher.ts';
import type { BlobSource } from '../../src/models/blob-source.ts';
import { MqttBlobSource } from '../../src/models/mqtt-blob-source.ts';

const PART = limits.chunkDataBytesMax;
const content = seededRandomness('blob').bytes(PART * 10 + 1_000);
const digest = digestOf(nodeCrypto, content);
const never = new AbortController().signal;

/** The digest instead of the bytes: compared element by element, two megabytes take seconds. */
const nameOf = (bytes: Uint8Array): string => digestOf(nodeCrypto, bytes);

let directory = '';
let cache: BlobCache;
let fetcher: BlobFetcher;
const clock = fakeClock();

function cacheOf(bytesMax: number): BlobCache {
  return new BlobCache({ directory, bytesMax, crypto: nodeCrypto, clock, log: silentLog });
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sedge-cache-'));
  cache = cacheOf(1e9);
  fetcher = new BlobFetcher({ cache, clock, log: silentLog });
});
afterEach(() => rm(directory, { recursive: true }));

/** Yields from the offset on, and breaks off after so many bytes. */
function source(bytes: Uint8Array, breaksAfter = Infinity): BlobSource & { offsets: number[] } {
  const offsets: number[] = [];
  return {
    name: 'http',
    offsets,
    async *pull(_digest, offset) {
      offsets.push(offset);
      for (let at = offset; at < bytes.byteLength; at += 100_000) {
        if (at - offset >= breaksAfter) throw new SedgeError('COORDINATOR_UNREACHABLE', 'broke off');
        yield { offset: at, data: bytes.subarray(at, at + 100_000) };
      }
    },
  };
}

describe('content that is pulled', () => {
  const wanted = { digest, bytesMax: content.byteLength };

  it('goes on from where it broke off, and is not pulled again once it is here', async () => {
    await expect(fetcher.fetch(wanted, [source(content, 300_000)], never)).rejects.toMatchObject({
      code: 'COORDINATOR_UNREACHABLE',
    });
    const second = source(content);
    expect(nameOf(await fetcher.fetch(wanted, [second], never))).toBe(nameOf(content));
    expect(second.offsets).toEqual([300_000]);
    expect(nameOf(await fetcher.fetch(wanted, [], never))).toBe(nameOf(content));
  });

  it('comes by the second road when the first one fails', async () => {
    expect(nameOf(await fetcher.fetch(wanted, [source(content, 0), source(content)], never))).toBe(nameOf(content));
  });

  it('is thrown away when it is not what was named', async () => {
    const altered = content.slice();
    altered[5] = (altered[5] ?? 0) ^ 1;
    await expect(fetcher.fetch(wanted, [source(altered)], never)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(await readdir(directory)).toEqual([]);
  });

  it('ends when it is longer than was said', async () => {
    const short = { digest, bytesMax: 1_000 };
    await expect(fetcher.fetch(short, [source(content)], never)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    expect(await readdir(directory)).toEqual([]);
  });

  it('is pulled once when two want it at the same time', async () => {
    const one = source(content);
    await Promise.all([fetcher.fetch(wanted, [one], never), fetcher.fetch(wanted, [one], never)]);
    expect(one.offsets).toEqual([0]);
  });

  it('that was altered on disk is not used', async () => {
    await fetcher.fetch(wanted, [source(content)], never);
    await writeFile(join(directory, digestHexOf(digest)), 'something else');
    expect(await cache.read(digest)).toBeUndefined();
    expect(await readdir(directory)).toEqual([]);
  });

  it('tells how far it is, from where it broke off, and to everybody who waits for it', async () => {
    await expect(fetcher.ensure(wanted, [source(content, 300_000)], never)).rejects.toThrow('broke off');
    const told: number[] = [];
    const toldToo: number[] = [];
    const path = await Promise.all([
      fetcher.ensure(wanted, [source(content)], never, (doneBytes) => told.push(doneBytes)),
      fetcher.ensure(wanted, [], never, (doneBytes) => toldToo.push(doneBytes)),
    ]);
    expect(new Set(path)).toEqual(new Set([join(directory, digestHexOf(digest))]));
    expect(told.slice(0, 3)).toEqual([300_000, 400_000, 500_000]);
    expect(told.at(-1)).toBe(content.byteLength);
    expect(toldToo.at(-1)).toBe(content.byteLength);
  });

  it('that was altered on disk is known as such by who reads it elsewhere', async () => {
    await fetcher.ensure(wanted, [source(content)], never);
    expect(await cache.dropIfAltered(digest)).toBe(false);
    await writeFile(join(directory, digestHexOf(digest)), 'something else');
    expect(await cache.dropIfAltered(digest)).toBe(true);
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('a cache', () => {
  const blobs = [1, 2, 3, 4].map((seed) => seededRandomness(String(seed)).bytes(100));
  const digests = blobs.map((bytes) => digestOf(nodeCrypto, bytes));

  /** Pulls the first so many blobs of 100 bytes, one after the other. */
  async function pulled(into: BlobCache, count: number, from = 0): Promise<void> {
    const brings = new BlobFetcher({ cache: into, clock, log: silentLog });
    for (let index = from; index < from + count; index += 1) {
      const blob = blobs[index] ?? new Uint8Array();
      await brings.ensure({ digest: digests[index] ?? digest, bytesMax: 100 }, [source(blob)], never);
      await clock.advance(1_000);
    }
  }
  const held = (of: BlobCache): Promise<boolean[]> => Promise.all(digests.map((named) => of.has(named)));

  it('makes room of what was used longest ago, but not of what is pinned', async () => {
    const small = cacheOf(350);
    small.pin(digests[0] ?? digest);
    await pulled(small, 3);
    await small.pathOf(digests[1] ?? digest);
    await pulled(small, 1, 3);
    expect(await held(small)).toEqual([true, true, false, true]);
  });

  it('refuses what does not fit beside what is pinned, removes nothing for it, and takes it once there is room', async () => {
    const small = cacheOf(350);
    await pulled(small, 3);
    for (const named of digests.slice(0, 3)) small.pin(named);
    await expect(pulled(small, 1, 3)).rejects.toMatchObject({ code: 'CACHE_FULL' });
    expect(await held(small)).toEqual([true, true, true, false]);
    expect(await readdir(directory)).toHaveLength(3);
    small.unpin(digests[1] ?? digest);
    await pulled(small, 1, 3);
    expect(await held(small)).toEqual([true, false, true, true]);
  });

  it('counts what pulls under way will need, and what those that broke off have left', async () => {
    const small = cacheOf(350);
    const leave = await small.reserve(digests[0] ?? digest, 300);
    await expect(small.reserve(digests[1] ?? digest, 100)).rejects.toMatchObject({ code: 'CACHE_FULL' });
    leave();
    await small.append(digests[0] ?? digest, seededRandomness('partial').bytes(300));
    const leaveAgain = await small.reserve(digests[0] ?? digest, 350);
    leaveAgain();
    expect(await small.partialBytes(digests[0] ?? digest)).toBe(300);
    await pulled(small, 1, 1);
    expect(await small.partialBytes(digests[0] ?? digest)).toBe(0);
  });
});

describe('content over MQTT', () => {
  function chunk(bytes: Uint8Array, offset: number): Uint8Array {
    const data = bytes.subarray(offset, offset + PART);
    const stream = digestHexOf(digest).slice(0, 32);
    return encodeChunk(nodeCrypto, {
      encoding: 'bytes',
      sequence: offset / PART,
      stream,
      offset,
      total: bytes.byteLength,
      data,
    });
  }

  /** A coordinator that answers each request, and loses the chunks at these places once. */
  function mqtt(lost: Set<number>): { source: MqttBlobSource; requests: BlobRequest[] } {
    const requests: BlobRequest[] = [];
    const answer = async (hex: DigestHex, request: BlobRequest): Promise<void> => {
      requests.push(request);
      for (let index = request.chunks - 1; index >= 0; index -= 1) {
        const offset = request.offset + index * PART;
        if (offset < content.byteLength && !lost.delete(offset)) made.take(hex, chunk(content, offset));
      }
    };
    const made = new MqttBlobSource({ crypto: nodeCrypto, clock, request: answer, silenceMs: 1_000 });
    return { source: made, requests };
  }

  async function pulled(from: MqttBlobSource, offset = 0): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for await (const { data } of from.pull(digest, offset, never)) parts.push(data);
    return new Uint8Array(Buffer.concat(parts));
  }

  it('comes in windows, in any order within one', async () => {
    const { source: road, requests } = mqtt(new Set());
    expect(nameOf(await pulled(road))).toBe(nameOf(content));
    expect(requests.map(({ offset }) => offset / PART)).toEqual([0, 8]);
  });

  it('goes on from the first chunk that is missing', async () => {
    const { source: road, requests } = mqtt(new Set([3 * PART]));
    const whole = pulled(road);
    await clock.advance(1_000);
    expect(nameOf(await whole)).toBe(nameOf(content));
    expect(requests.map(({ offset }) => offset / PART)).toEqual([0, 3]);
  });

  it('begins at the chunk in which a transfer broke off', async () => {
    const { source: road, requests } = mqtt(new Set());
    expect(nameOf(await pulled(road, 9 * PART + 17))).toBe(nameOf(content.subarray(9 * PART)));
    expect(requests.map(({ offset }) => offset / PART)).toEqual([9]);
  });

  it('ends when nothing comes any more, and when it is refused', async () => {
    const silent = new MqttBlobSource({ crypto: nodeCrypto, clock, request: async () => undefined, silenceMs: 1_000 });
    const silence = expect(pulled(silent)).rejects.toMatchObject({ code: 'STREAM_INCOMPLETE' });
    await clock.advance(10_000);
    await silence;
    const refusing: MqttBlobSource = new MqttBlobSource({
      crypto: nodeCrypto,
      clock,
      request: async (hex) => refusing.refuse(hex, 'BLOB_NOT_FOUND'),
    });
    await expect(pulled(refusing)).rejects.toMatchObject({ code: 'BLOB_NOT_FOUND' });
  });

  it('takes no chunk that was altered', () => {
    const { source: road } = mqtt(new Set());
    const frame = chunk(content, 0);
    frame[100] = (frame[100] ?? 0) ^ 1;
    const hex = digestHexOf(digest);
    const pull = road.pull(digest, 0, never)[Symbol.asyncIterator]();
    const first = pull.next();
    expect(() => road.take(hex, frame)).toThrow('DIGEST_MISMATCH');
    return first;
  });
});
