import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf, type Digest } from '@sedge/protocol';
import { nodeCrypto, seededRandomness } from '@sedge/kit';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { Blobs } from '../../src/store/blobs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const CONTENT = Buffer.from('the quick brown fox');
const DIGEST = digestOf(nodeCrypto, CONTENT);

async function openBlobs(folder: string, bytesMax?: number): Promise<Blobs> {
  const limits = bytesMax === undefined ? {} : { bytesMax };
  const blobs = new Blobs({ folder: join(folder, 'blobs'), randomness: seededRandomness('blobs'), ...limits });
  await blobs.start();
  return blobs;
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

describe('Blobs', () => {
  it('stores content that comes in pieces under its digest', async () => {
    await using folder = await temporaryFolder();
    const blobs = await openBlobs(folder.path);
    const stored = await blobs.put(DIGEST, [CONTENT.subarray(0, 7), CONTENT.subarray(7)]);
    expect(stored).toEqual({ digest: DIGEST, sizeBytes: CONTENT.byteLength });
    expect(Buffer.from(await blobs.read(DIGEST))).toEqual(CONTENT);
    const hex = DIGEST.slice('sha256:'.length);
    const path = join(folder.path, 'blobs', hex.slice(0, 2), hex.slice(2, 4), hex);
    expect(await readFile(path)).toEqual(CONTENT);
  });

  it('changes nothing when the same content is stored again', async () => {
    await using folder = await temporaryFolder();
    const blobs = await openBlobs(folder.path);
    await Promise.all([blobs.put(DIGEST, [CONTENT]), blobs.put(DIGEST, [CONTENT])]);
    await blobs.put(DIGEST, [CONTENT]);
    expect(await filesIn(folder.path)).toHaveLength(1);
    expect(await blobs.sizeOf(DIGEST)).toBe(CONTENT.byteLength);
  });

  it('refuses content of another digest with DIGEST_MISMATCH and leaves nothing behind', async () => {
    await using folder = await temporaryFolder();
    const blobs = await openBlobs(folder.path);
    await expect(blobs.put(DIGEST, [Buffer.from('something else')])).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(await filesIn(folder.path)).toEqual([]);
  });

  it('refuses content that is too long with PAYLOAD_TOO_LARGE, before all of it has come', async () => {
    await using folder = await temporaryFolder();
    const blobs = await openBlobs(folder.path, 10);
    let pieces = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        pieces += 1;
        yield CONTENT.subarray(0, 6);
      }
    }
    await expect(blobs.put(DIGEST, endless())).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    expect(pieces).toBe(2);
    expect(await filesIn(folder.path)).toEqual([]);
  });

  it('leaves nothing behind when the sender breaks off', async () => {
    await using folder = await temporaryFolder();
    const blobs = await openBlobs(folder.path);
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield CONTENT.subarray(0, 6);
      throw new Error('the connection was reset');
    }
    await expect(blobs.put(DIGEST, broken())).rejects.toThrow('the connection was reset');
    expect(await filesIn(folder.path)).toEqual([]);
    expect(await blobs.sizeOf(DIGEST)).toBeUndefined();
  });

  it('clears away at the start what a killed process left half written', async () => {
    await using folder = await temporaryFolder();
    await (await openBlobs(folder.path)).put(DIGEST, [CONTENT]);
    await writeFile(join(folder.path, 'blobs', 'incoming', 'half'), 'the quick');
    const blobs = await openBlobs(folder.path);
    expect(await filesIn(folder.path)).toHaveLength(1);
    expect(await blobs.sizeOf(DIGEST)).toBe(CONTENT.byteLength);
  });

  it('streams a range', async () => {
    await using folder = await temporaryFolder();
    const blobs = await openBlobs(folder.path);
    await blobs.put(DIGEST, [CONTENT]);
    expect((await buffer(await blobs.stream(DIGEST, { start: 4, end: 8 }))).toString()).toBe('quick');
    expect(Buffer.from(await blobs.readRange(DIGEST, 16, 100)).toString()).toBe('fox');
    await expect(blobs.stream(DIGEST, { start: 4, end: 19 })).rejects.toMatchObject({ code: 'RANGE_NOT_SATISFIABLE' });
  });

  it('says BLOB_NOT_FOUND for content that is not there', async () => {
    await using folder = await temporaryFolder();
    const blobs = await openBlobs(folder.path);
    const missing = `sha256:${'a'.repeat(64)}` as Digest;
    expect(await blobs.sizeOf(missing)).toBeUndefined();
    await expect(blobs.read(missing)).rejects.toMatchObject({ code: 'BLOB_NOT_FOUND' });
    await expect(blobs.stream(missing)).rejects.toMatchObject({ code: 'BLOB_NOT_FOUND' });
  });
});
