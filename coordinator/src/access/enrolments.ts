import {
  type Crypto,
  type Envelope,
  ENROLMENT,
  enrolmentProof,
  type EnrolmentRequest,
  fromBase64,
  keyIdOf,
  type KeyPair,
  type NodeId,
  type ProjectId,
  type Publisher,
  sealEnvelope,
  SedgeError,
  toBase64,
} from '@sedge/protocol';
import { type Clock, newCode, newId, type Randomness, TaskQueue } from '@sedge/kit';
import type { NodeRecord } from '../fleet/node-record.ts';
import type { AppendToLedger } from '../ledger/ledger.ts';
import type { EnrolmentTokenRecord } from './enrolment-tokens.ts';

export interface EnrolmentStore {
  /** Uses the token up and stores the node, both or neither. Throws TOKEN_USED if the token is used up already. */
  enrolNode(token: EnrolmentTokenRecord, node: NodeRecord): Promise<void>;
}

/** What enrolling needs of the fleet. */
export interface Enrolled {
  isNameTaken(name: string): boolean;
  add(record: NodeRecord): void;
}

export interface EnrolmentsOptions {
  readonly store: EnrolmentStore;
  readonly fleet: Enrolled;
  readonly checkToken: (secret: string) => Promise<EnrolmentTokenRecord>;
  readonly publishers: () => Publisher[];
  readonly project: ProjectId;
  readonly key: KeyPair;
  readonly mqttUrl: () => string;
  readonly crypto: Pick<Crypto, 'sha256' | 'sign' | 'verify'>;
  readonly randomness: Pick<Randomness, 'bytes'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly append: AppendToLedger;
}

const WAITING_MAX = 1_000;

/** Gives identities to new nodes: one at a time, so that of two with the same token or name only one wins. */
export class Enrolments {
  readonly #options: EnrolmentsOptions;
  readonly #queue = new TaskQueue(WAITING_MAX);

  constructor(options: EnrolmentsOptions) {
    this.#options = options;
  }

  /**
   * The signed identity. A refusal leaves the token as it was. Throws TOKEN_UNKNOWN, TOKEN_USED, TOKEN_EXPIRED,
   * SIGNATURE_INVALID (the proof), NODE_NAME_TAKEN, OVERLOADED.
   */
  enrol(request: EnrolmentRequest): Promise<Envelope> {
    return this.#queue.run(async () => {
      const token = await this.#options.checkToken(request.secret);
      const record = this.#record(request, this.#provenKey(request));
      await this.#options.append('node.enrolled', this.#entryOf(record));
      await this.#options.store.enrolNode(token, record);
      this.#options.fleet.add(record);
      return this.#answer(record);
    });
  }

  /** Takes no more requests and finishes those that wait. */
  stop(): Promise<void> {
    return this.#queue.close();
  }

  #provenKey({ secret, publicKey, proof }: EnrolmentRequest): Uint8Array {
    const key = fromBase64(publicKey) ?? new Uint8Array();
    const signature = fromBase64(proof) ?? new Uint8Array();
    if (!this.#options.crypto.verify(enrolmentProof(secret, publicKey), signature, key)) {
      throw new SedgeError('SIGNATURE_INVALID', 'the proof was not made with the key that is to be enrolled');
    }
    return key;
  }

  #record({ name, labels = {} }: EnrolmentRequest, publicKey: Uint8Array): NodeRecord {
    const { fleet, randomness, clock } = this.#options;
    if (name !== undefined && fleet.isNameTaken(name)) {
      throw new SedgeError('NODE_NAME_TAKEN', `there is a node ${name}`, { expose: true });
    }
    return {
      id: newId(randomness, 'node') as NodeId,
      name: name ?? this.#freeName(),
      publicKey,
      labels,
      enrolledAtMs: clock.now(),
    };
  }

  #freeName(): string {
    const name = `node-${newCode(this.#options.randomness).slice(0, 6)}`;
    return this.#options.fleet.isNameTaken(name) ? this.#freeName() : name;
  }

  #entryOf({ id, name, publicKey }: NodeRecord): Record<string, unknown> {
    return { node: id, name, keyId: keyIdOf(this.#options.crypto, publicKey) };
  }

  #answer({ id, name }: NodeRecord): Envelope {
    const { crypto, key, project, mqttUrl, publishers, clock } = this.#options;
    const payload = {
      node: id,
      name,
      project,
      coordinator: toBase64(key.publicKey),
      mqttUrl: mqttUrl(),
      publishers: publishers(),
      serverTime: clock.now(),
    };
    return sealEnvelope(crypto, ENROLMENT, payload, key);
  }
}
