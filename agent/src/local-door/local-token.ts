import { stat } from 'node:fs/promises';
import { timingSafeEqual } from 'node:crypto';
import { writeFileAtomic, type Clock, type Randomness } from '@sedge/kit';
import { SedgeError, toBase64Url, toUtf8, type Crypto } from '@sedge/protocol';
import { readTextIfThere } from '../storage/read-file.ts';

const PREFIX = 'sedge_local_';
const SECRET_BYTES = 32;
/** A renewed token is noticed after this at the latest; meanwhile the disk is left alone. */
const FRESH_MS = 1_000;

/** The token of a file; a new one is made at the first use. Throws STATE_UNREADABLE. */
export async function loadOrMakeToken(path: string, randomness: Pick<Randomness, 'bytes'>): Promise<string> {
  const known = await readToken(path);
  return known ?? renewToken(path, randomness);
}

/** Puts a new token in the place of the old one, which is then good for nothing. Throws STATE_UNREADABLE. */
export async function renewToken(path: string, randomness: Pick<Randomness, 'bytes'>): Promise<string> {
  const token = `${PREFIX}${toBase64Url(randomness.bytes(SECRET_BYTES))}`;
  try {
    await writeFileAtomic(path, `${token}\n`, { mode: 0o600 });
    return token;
  } catch (cause) {
    throw new SedgeError('STATE_UNREADABLE', `${path} cannot be written`, { cause, expose: true });
  }
}

/** Undefined where there is none. Throws STATE_UNREADABLE when others on the machine may read it, or when it is damaged. */
async function readToken(path: string): Promise<string | undefined> {
  const text = await readTextIfThere(path);
  if (text === undefined) return undefined;
  if (((await stat(path)).mode & 0o077) !== 0) throw unusable(path, 'may be read by others');
  const token = text.trim();
  if (token.startsWith(PREFIX) && token.length > PREFIX.length) return token;
  throw unusable(path, 'is damaged');
}

function unusable(path: string, why: string): SedgeError {
  const detail = `${path} ${why}: make a new token with "sedge-agent local token --new"`;
  return new SedgeError('STATE_UNREADABLE', detail, { expose: true });
}

export interface TokenCheckOptions {
  readonly path: string;
  readonly crypto: Pick<Crypto, 'sha256'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** Compares what callers present with the token of the file, which may be renewed while the door is open. */
export class TokenCheck {
  readonly #options: TokenCheckOptions;
  #held: { readonly hash: Uint8Array; readonly atMs: number } | undefined;

  constructor(options: TokenCheckOptions) {
    this.#options = options;
  }

  /** Of an `Authorization` header. Throws UNAUTHENTICATED, and STATE_UNREADABLE for a damaged file. */
  async admit(authorization: string | undefined): Promise<void> {
    const [, presented] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
    if (presented === undefined) throw new SedgeError('UNAUTHENTICATED', 'no bearer token');
    const hash = this.#hash(presented);
    const isFresh = this.#held !== undefined && this.#options.clock.monotonicMs() - this.#held.atMs < FRESH_MS;
    if (isFresh && this.#isHeld(hash)) return;
    // What is held may be older than a renewal, so nobody is turned away before the file was read.
    await this.#read();
    if (!this.#isHeld(hash)) throw new SedgeError('UNAUTHENTICATED', 'the token is not the one of this door');
  }

  async #read(): Promise<void> {
    const token = await readToken(this.#options.path);
    const atMs = this.#options.clock.monotonicMs();
    this.#held = token === undefined ? undefined : { hash: this.#hash(token), atMs };
  }

  /** Hashes have one length, and the time to compare them tells nothing of the token. */
  #isHeld(hash: Uint8Array): boolean {
    return this.#held !== undefined && timingSafeEqual(this.#held.hash, hash);
  }

  #hash(token: string): Uint8Array {
    return this.#options.crypto.sha256(toUtf8(token));
  }
}
