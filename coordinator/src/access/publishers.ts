import {
  type Crypto,
  fromBase64,
  type KeyId,
  keyIdOf,
  type Publisher,
  SedgeError,
  type TrustedKeys,
} from '@sedge/protocol';
import type { PublisherView } from '@sedge/protocol/routes';
import type { Clock } from '@sedge/kit';
import type { AppendToLedger } from '../ledger/ledger.ts';

export interface PublisherRecord extends Publisher {
  readonly keyId: KeyId;
  readonly addedAtMs: number;
}

export interface PublisherStore {
  loadPublishers(): Promise<PublisherRecord[]>;
  addPublisher(publisher: PublisherRecord): Promise<void>;
}

export interface PublishersOptions {
  readonly store: PublisherStore;
  readonly crypto: Pick<Crypto, 'sha256'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly append: AppendToLedger;
}

const PUBLIC_KEY_BYTES = 32;
/** An enrolment carries them all (its schema takes so many). */
const PUBLISHERS_MAX = 100;

/** Whose signatures under models are taken here. */
export class Publishers {
  readonly #options: PublishersOptions;
  readonly #byKeyId = new Map<KeyId, PublisherRecord & { readonly key: Uint8Array }>();

  constructor(options: PublishersOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    for (const record of await this.#options.store.loadPublishers()) this.#remember(record);
  }

  readonly trusted: TrustedKeys = (id) => this.#byKeyId.get(id)?.key;

  list(): PublisherView[] {
    return [...this.#byKeyId.values()].map(publisherView);
  }

  /** What a node pins when it enrols. */
  toPin(): Publisher[] {
    return [...this.#byKeyId.values()].map(({ name, publicKey }) => ({ name, publicKey }));
  }

  /** The same key again changes nothing. Throws INVALID_FIELD, and OVERLOADED when there are too many. */
  async add({ name, publicKey }: Publisher): Promise<PublisherView> {
    const { store, crypto, clock, append } = this.#options;
    const keyId = keyIdOf(crypto, keyBytes(publicKey));
    const known = this.#byKeyId.get(keyId);
    if (known !== undefined) return publisherView(known);
    if (this.#byKeyId.size >= PUBLISHERS_MAX)
      throw new SedgeError('OVERLOADED', `${PUBLISHERS_MAX} publishers are all`);
    const record = { keyId, name, publicKey, addedAtMs: clock.now() };
    await append('publisher.added', { keyId, name, publicKey });
    await store.addPublisher(record);
    this.#remember(record);
    return publisherView(record);
  }

  #remember(record: PublisherRecord): void {
    this.#byKeyId.set(record.keyId, { ...record, key: keyBytes(record.publicKey) });
  }
}

function keyBytes(publicKey: string): Uint8Array {
  const bytes = fromBase64(publicKey);
  if (bytes?.byteLength !== PUBLIC_KEY_BYTES) {
    throw new SedgeError('INVALID_FIELD', 'publicKey must be 32 bytes in base64', { expose: true });
  }
  return bytes;
}

function publisherView({ name, keyId, publicKey, addedAtMs }: PublisherRecord): PublisherView {
  return { name, keyId, publicKey, addedAt: new Date(addedAtMs).toISOString() };
}
