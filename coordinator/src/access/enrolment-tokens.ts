import {
  type Crypto,
  encodeEnrolmentToken,
  type KeyId,
  limits,
  type NodeId,
  SedgeError,
  type TokenId,
} from '@sedge/protocol';
import type { EnrolmentTokenView } from '@sedge/protocol/routes';
import { type Clock, newId, type Randomness } from '@sedge/kit';
import { hashSecret, newSecret } from './secret-hash.ts';

export interface EnrolmentTokenRecord {
  readonly id: TokenId;
  /** SHA-256 of the secret, in hex. */
  readonly hash: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly usedAtMs?: number;
  readonly node?: NodeId;
}

export interface EnrolmentTokenStore {
  addEnrolmentTokens(tokens: readonly EnrolmentTokenRecord[]): Promise<void>;
  enrolmentTokenByHash(hash: string): Promise<EnrolmentTokenRecord | undefined>;
  /** By id, after `afterId`. */
  listEnrolmentTokens(limit: number, afterId?: string): Promise<EnrolmentTokenRecord[]>;
}

export interface EnrolmentTokensOptions {
  readonly store: EnrolmentTokenStore;
  readonly crypto: Pick<Crypto, 'sha256'>;
  readonly randomness: Pick<Randomness, 'bytes'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly coordinator: KeyId;
  /** Where nodes reach this coordinator over HTTP; known once the door is open. */
  readonly publicUrl: () => string;
}

/** Single-use words with which a new node gets its identity. */
export class EnrolmentTokens {
  readonly #options: EnrolmentTokensOptions;

  constructor(options: EnrolmentTokensOptions) {
    this.#options = options;
  }

  /** The tokens themselves are told here and never again. */
  async create(count: number): Promise<{ token: string; info: EnrolmentTokenView }[]> {
    const made = Array.from({ length: count }, () => this.#make());
    await this.#options.store.addEnrolmentTokens(made.map(({ record }) => record));
    return made.map(({ token, record }) => ({ token, info: enrolmentTokenView(record) }));
  }

  async list(limit: number, afterId?: string): Promise<EnrolmentTokenView[]> {
    return (await this.#options.store.listEnrolmentTokens(limit, afterId)).map(enrolmentTokenView);
  }

  /** A token that may be used now. Throws TOKEN_UNKNOWN, TOKEN_USED and TOKEN_EXPIRED. */
  async check(secret: string): Promise<EnrolmentTokenRecord> {
    const { store, crypto, clock } = this.#options;
    const record = await store.enrolmentTokenByHash(hashSecret(crypto, secret));
    if (record === undefined) throw new SedgeError('TOKEN_UNKNOWN', 'no enrolment token has this secret');
    if (record.usedAtMs !== undefined) throw new SedgeError('TOKEN_USED', `${record.id} made node ${record.node}`);
    if (record.expiresAtMs <= clock.now()) throw new SedgeError('TOKEN_EXPIRED', `${record.id} has expired`);
    return record;
  }

  #make(): { token: string; record: EnrolmentTokenRecord } {
    const { crypto, randomness, clock, coordinator, publicUrl } = this.#options;
    const secret = newSecret(randomness);
    const createdAtMs = clock.now();
    return {
      token: encodeEnrolmentToken({ url: publicUrl(), secret, coordinator }),
      record: {
        id: newId(randomness, 'enr') as TokenId,
        hash: hashSecret(crypto, secret),
        createdAtMs,
        expiresAtMs: createdAtMs + limits.enrolmentTokenLifetimeMs,
      },
    };
  }
}

function enrolmentTokenView({
  id,
  createdAtMs,
  expiresAtMs,
  usedAtMs,
  node,
}: EnrolmentTokenRecord): EnrolmentTokenView {
  return {
    id,
    createdAt: new Date(createdAtMs).toISOString(),
    expiresAt: new Date(expiresAtMs).toISOString(),
    ...(usedAtMs === undefined ? {} : { usedAt: new Date(usedAtMs).toISOString() }),
    ...(node === undefined ? {} : { node }),
  };
}
