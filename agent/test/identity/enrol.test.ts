import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyPairFromSeed, nodeCrypto } from '@sedge/kit';
import {
  encodeEnrolmentToken,
  ENROLMENT,
  enrolmentProof,
  fromBase64,
  keyIdOf,
  sealEnvelope,
  toBase64,
  type Enrolment,
  type EnrolmentRequest,
  type Envelope,
  type KeyPair,
} from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { agentFolder, identityNumbers } from '../../src/identity/agent-folder.ts';
import { enrol, type SendEnrolment } from '../../src/identity/enrol.ts';
import { loadIdentity, storeIdentity } from '../../src/identity/identity.ts';

const coordinator = keyPairFromSeed(new Uint8Array(32).fill(1));
const stranger = keyPairFromSeed(new Uint8Array(32).fill(2));
const clock = { now: () => 1_000_000 };
const token = encodeEnrolmentToken({
  url: 'http://127.0.0.1:1',
  secret: 's'.repeat(43),
  coordinator: keyIdOf(nodeCrypto, coordinator.publicKey),
});

function answer(signer: KeyPair, named: KeyPair): Envelope {
  const payload = {
    node: 'node-1',
    name: 'pi',
    project: 'home',
    coordinator: toBase64(named.publicKey),
    mqttUrl: 'mqtt://127.0.0.1:1',
    publishers: [],
    serverTime: 1_000_500,
  } as unknown as Enrolment;
  return sealEnvelope(nodeCrypto, ENROLMENT, payload, signer);
}

function enrolWith(send: SendEnrolment, text = token): ReturnType<typeof enrol> {
  return enrol({ token: text, name: 'pi', crypto: nodeCrypto, clock, send });
}

describe('enrolling', () => {
  it('proves the key that it asks an identity for, and keeps whom it is to trust', async () => {
    let request: EnrolmentRequest | undefined;
    const { identity, key } = await enrolWith(async (_url, sent) => {
      request = sent;
      return answer(coordinator, coordinator);
    });
    const publicKey = fromBase64(request?.publicKey ?? '') ?? new Uint8Array();
    const proof = fromBase64(request?.proof ?? '') ?? new Uint8Array();
    expect(publicKey).toEqual(key.publicKey);
    expect(nodeCrypto.verify(enrolmentProof('s'.repeat(43), request?.publicKey ?? ''), proof, publicKey)).toBe(true);
    expect(identity).toMatchObject({
      node: 'node-1',
      clockOffsetMs: 500,
      coordinator: { url: 'http://127.0.0.1:1', publicKey: toBase64(coordinator.publicKey) },
    });
  });

  it.each([
    ['answers with another key', answer(stranger, stranger)],
    ['names the right key and signs with another', answer(stranger, coordinator)],
  ])('refuses a coordinator that %s', async (_, sealed) => {
    await expect(enrolWith(async () => sealed)).rejects.toMatchObject({ code: 'COORDINATOR_MISMATCH' });
  });

  it('refuses an answer that was altered on the way', async () => {
    const sealed = answer(coordinator, coordinator);
    const payload = Buffer.from(Buffer.from(sealed.payload, 'base64').toString().replace('"pi"', '"po"')).toString(
      'base64',
    );
    await expect(enrolWith(async () => ({ ...sealed, payload }))).rejects.toMatchObject({
      code: 'COORDINATOR_MISMATCH',
    });
  });

  it.each(['', 'abc', 'sedge-enrol_', token.slice(0, -5), 'sedge-enrol_e30'])(
    'refuses the token "%s"',
    async (text) => {
      const never: SendEnrolment = () => Promise.reject(new Error('nothing must be sent'));
      await expect(enrolWith(never, text)).rejects.toMatchObject({ code: 'TOKEN_MALFORMED' });
    },
  );
});

describe('a stored identity', () => {
  it('is read back, readable by its owner alone, and never overwritten', async () => {
    const root = await mkdtemp(join(tmpdir(), 'sedge-identity-'));
    try {
      const folder = agentFolder(root);
      const made = await enrolWith(async () => answer(coordinator, coordinator));
      await storeIdentity({ folder: folder.identity(1), ...made });
      expect(await loadIdentity(folder.identity(1))).toMatchObject({ identity: made.identity, key: made.key });
      const modes = await Promise.all([folder.identity(1).key, folder.identity(1).identity].map((path) => stat(path)));
      expect(modes.map(({ mode }) => mode & 0o777)).toEqual([0o600, 0o600]);
      const before = await readFile(folder.identity(1).key, 'utf8');
      const other = await enrolWith(async () => answer(coordinator, coordinator));
      await expect(storeIdentity({ folder: folder.identity(1), ...other })).rejects.toMatchObject({
        code: 'ALREADY_ENROLLED',
      });
      expect(await readFile(folder.identity(1).key, 'utf8')).toBe(before);
      expect(await identityNumbers(folder)).toEqual([1]);
      await expect(loadIdentity(folder.identity(2))).rejects.toMatchObject({ code: 'NOT_ENROLLED' });
    } finally {
      await rm(root, { recursive: true });
    }
  });
});
