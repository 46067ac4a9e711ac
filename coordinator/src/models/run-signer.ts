import {
  type Crypto,
  DELEGATION,
  type Digest,
  type Envelope,
  keyIdOf,
  type KeyPair,
  MANIFEST,
  type ModelManifest,
  type ModelName,
  openEnvelope,
  type RunId,
  sealEnvelope,
  SedgeError,
  type TrustedKeys,
} from '@sedge/protocol';
import type { Clock } from '@sedge/kit';

export interface RunSignerOptions {
  readonly crypto: Pick<Crypto, 'sha256' | 'sign' | 'verify'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly publishers: TrustedKeys;
  /** The coordinator's own. */
  readonly key: KeyPair;
}

/** What a delegation must be for. */
export interface ExpectedGrant {
  readonly run: RunId;
  readonly model: ModelName;
  readonly artifact: Digest;
}

/** Signs what runs make, as far as a publisher allowed it. */
export class RunSigner {
  readonly #options: RunSignerOptions;

  constructor(options: RunSignerOptions) {
    this.#options = options;
  }

  sign(manifest: ModelManifest): Envelope {
    const { crypto, key } = this.#options;
    return sealEnvelope(crypto, MANIFEST, manifest, key);
  }

  /** Before a run starts: at its end it would be too late. Throws DELEGATION_INVALID and what `openEnvelope` throws. */
  checkDelegation(delegation: Envelope, expected: ExpectedGrant): void {
    const { crypto, clock, publishers, key } = this.#options;
    const { payload: granted } = openEnvelope(crypto, DELEGATION, delegation, publishers);
    const refusal =
      granted.delegate.keyId !== keyIdOf(crypto, key.publicKey)
        ? 'it is for another coordinator'
        : granted.run !== expected.run
          ? `it is for run ${granted.run}`
          : granted.model !== expected.model
            ? `it is for model ${granted.model}`
            : granted.artifact !== expected.artifact
              ? 'it is for another artifact'
              : Date.parse(granted.notAfter) <= clock.now()
                ? `it ended at ${granted.notAfter}`
                : undefined;
    if (refusal !== undefined) throw new SedgeError('DELEGATION_INVALID', refusal, { expose: true });
  }
}
