import { type Crypto, type Role, SedgeError, type TokenId } from '@sedge/protocol';
import type { ApiTokenView } from '@sedge/protocol/routes';
import { type Clock, newId, type Randomness } from '@sedge/kit';
import type { AppendToLedger } from '../ledger/ledger.ts';
import type { Principal } from './principal.ts';
import { hashSecret, newSecret } from './secret-hash.ts';

export interface ApiToken {
  readonly id: TokenId;
  readonly name: string;
  /** SHA-256 of the token, in hex. */
  readonly hash: string;
  readonly roles: readonly Role[];
  readonly createdAtMs: number;
  readonly expiresAtMs?: number;
}

export interface ApiTokenStore {
  /** Those that were not revoked. */
  loadApiTokens(): Promise<ApiToken[]>;
  addApiToken(token: ApiToken): Promise<void>;
  revokeApiToken(id: TokenId, atMs: number): Promise<void>;
  /** Whether any was ever made, revoked ones too. */
  hasApiTokens(): Promise<boolean>;
}

export interface ApiTokensOptions {
  readonly store: ApiTokenStore;
  readonly crypto: Pick<Crypto, 'sha256'>;
  readonly randomness: Pick<Randomness, 'bytes'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly append: AppendToLedger;
}

export interface NewApiToken {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly expiresAt?: string | undefined;
}

const PREFIX = 'sedge_';

/** Tokens of people and programs, in memory by their hashes. */
export class ApiTokens {
  readonly #options: ApiTokensOptions;
  readonly #byHash = new Map<string, ApiToken>();

  constructor(options: ApiTokensOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#byHash.clear();
    for (const token of await this.#options.store.loadApiTokens()) this.#byHash.set(token.hash, token);
  }

  /**
   * The admin token of the first start; undefined if there ever was a token. It is told this once, so ask only when
   * nothing stands between it and whoever is to read it.
   */
  async createFirst(): Promise<string | undefined> {
    if (await this.#options.store.hasApiTokens()) return undefined;
    return (await this.create({ name: 'first admin', roles: ['admin'] })).token;
  }

  /** For whoever has lost every token: holding the state folder is what entitles to it. */
  async createRecovery(): Promise<string> {
    return (await this.create({ name: 'recovered admin', roles: ['admin'] })).token;
  }

  /** Throws UNAUTHENTICATED and TOKEN_EXPIRED. */
  authenticate(bearer: string): Principal {
    const { crypto, clock } = this.#options;
    const token = bearer.startsWith(PREFIX) ? this.#byHash.get(hashSecret(crypto, bearer)) : undefined;
    if (token === undefined) throw new SedgeError('UNAUTHENTICATED', 'nobody has this token');
    if (token.expiresAtMs !== undefined && token.expiresAtMs <= clock.now()) {
      throw new SedgeError('TOKEN_EXPIRED', `token ${token.id} (${token.name}) has expired`);
    }
    return { kind: 'person', token: token.id, name: token.name, roles: token.roles };
  }

  /** The token itself is told here and never again. */
  async create({ name, roles, expiresAt }: NewApiToken): Promise<{ token: string; info: ApiTokenView }> {
    const { store, crypto, randomness, clock, append } = this.#options;
    const token = PREFIX + newSecret(randomness);
    const made: ApiToken = {
      id: newId(randomness, 'tok') as TokenId,
      name,
      hash: hashSecret(crypto, token),
      roles: [...new Set(roles)],
      createdAtMs: clock.now(),
      ...(expiresAt === undefined ? {} : { expiresAtMs: Date.parse(expiresAt) }),
    };
    const info = apiTokenView(made);
    await append('token.created', { ...info });
    await store.addApiToken(made);
    this.#byHash.set(made.hash, made);
    return { token, info };
  }

  /** By time of making. */
  list(): ApiTokenView[] {
    return [...this.#byHash.values()].map(apiTokenView);
  }

  /** Throws NOT_FOUND. */
  async revoke(id: TokenId): Promise<void> {
    const { store, clock, append } = this.#options;
    const token = [...this.#byHash.values()].find((candidate) => candidate.id === id);
    if (token === undefined) throw new SedgeError('NOT_FOUND', `there is no token ${id}`, { expose: true });
    await append('token.revoked', { id, name: token.name });
    this.#byHash.delete(token.hash);
    await store.revokeApiToken(id, clock.now());
  }
}

function apiTokenView({ id, name, roles, createdAtMs, expiresAtMs }: ApiToken): ApiTokenView {
  return {
    id,
    name,
    roles: [...roles],
    createdAt: new Date(createdAtMs).toISOString(),
    ...(expiresAtMs === undefined ? {} : { expiresAt: new Date(expiresAtMs).toISOString() }),
  };
}
