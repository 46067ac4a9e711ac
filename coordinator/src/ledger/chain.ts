import {
  type Crypto,
  type Digest,
  digestOf,
  fromBase64,
  type KeyPair,
  SedgeError,
  toBase64,
  toUtf8,
} from '@sedge/protocol';

/** What an entry says, before it is chained. */
export interface LedgerContent {
  /** Counts from 0 without gaps. */
  readonly index: number;
  readonly atMs: number;
  readonly kind: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface LedgerEntry extends LedgerContent {
  readonly hash: Digest;
  /** Ed25519 by the coordinator over the hash, in base64. */
  readonly signature: string;
}

/** What the first entry is chained to. */
export const GENESIS = `sha256:${'0'.repeat(64)}` as Digest;

/** SHA-256 over the previous hash as text, a line feed, and the entry as JSON with index, at, kind, body in order. */
export function hashEntry(
  crypto: Pick<Crypto, 'sha256'>,
  previous: Digest,
  { index, atMs, kind, body }: LedgerContent,
): Digest {
  const entry = JSON.stringify({ index, at: new Date(atMs).toISOString(), kind, body });
  return digestOf(crypto, toUtf8(`${previous}\n${entry}`));
}

export function chainEntry(
  crypto: Pick<Crypto, 'sha256' | 'sign'>,
  previous: Digest,
  content: LedgerContent,
  key: KeyPair,
): LedgerEntry {
  const hash = hashEntry(crypto, previous, content);
  return { ...content, hash, signature: toBase64(crypto.sign(signedBytes(hash), key.secretSeed)) };
}

/** Throws SIGNATURE_INVALID, naming the entry that does not fit what stands before it. */
export function checkEntry(
  crypto: Pick<Crypto, 'sha256' | 'verify'>,
  previous: Digest,
  expectedIndex: number,
  entry: LedgerEntry,
  publicKey: Uint8Array,
): void {
  const signature = fromBase64(entry.signature) ?? new Uint8Array();
  const fault =
    entry.index !== expectedIndex
      ? 'is not the next one'
      : hashEntry(crypto, previous, entry) !== entry.hash
        ? 'does not have its hash'
        : crypto.verify(signedBytes(entry.hash), signature, publicKey)
          ? undefined
          : 'is not signed by the coordinator';
  if (fault !== undefined) {
    throw new SedgeError('SIGNATURE_INVALID', `ledger entry ${entry.index} ${fault}`, { expose: true });
  }
}

/** The words before the hash keep the signature from meaning anything elsewhere. */
function signedBytes(hash: Digest): Uint8Array {
  return toUtf8(`sedge ledger v1\n${hash}`);
}
