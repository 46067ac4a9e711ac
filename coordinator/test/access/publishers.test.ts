import { keyIdOf, toBase64 } from '@sedge/protocol';
import { nodeCrypto } from '@sedge/kit';
import { describe, expect, it } from 'vitest';
import { openHouse } from '../support/house.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('Publishers', () => {
  it('trusts a key from the moment it is added, once, and after a restart', async () => {
    await using folder = await temporaryFolder();
    const { publicKey } = nodeCrypto.generateKeyPair();
    const keyId = keyIdOf(nodeCrypto, publicKey);
    const first = await openHouse(folder.path);
    expect(first.rooms.publishers.trusted(keyId)).toBeUndefined();
    await first.rooms.publishers.add({ name: 'lab', publicKey: toBase64(publicKey) });
    await first.rooms.publishers.add({ name: 'lab again', publicKey: toBase64(publicKey) });
    expect(first.rooms.publishers.list()).toMatchObject([{ name: 'lab', keyId }]);
    await first.stop();
    await using second = await openHouse(folder.path);
    expect(second.rooms.publishers.trusted(keyId)).toEqual(publicKey);
  });

  it('refuses a key of a wrong length with INVALID_FIELD', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const short = { name: 'lab', publicKey: toBase64(new Uint8Array(31)) };
    await expect(house.rooms.publishers.add(short)).rejects.toMatchObject({ code: 'INVALID_FIELD' });
  });
});
