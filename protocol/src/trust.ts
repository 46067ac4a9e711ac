import { z } from 'zod';
import { keyIdOf, type Crypto } from './crypto.ts';
import { envelope, openEnvelope, type PayloadKind, type TrustedKeys } from './envelope.ts';
import { SedgeError } from './errors.ts';
import { digest, keyId, modelName, runId, type KeyId } from './ids.ts';
import { modelManifest, type ModelManifest } from './model.ts';
import { fromBase64 } from './text.ts';

/** 32 raw bytes of an Ed25519 public key, in base64. */
export const publicKeyText = z.base64().length(44);

/** Somebody whose signature under a model a node accepts. */
export const publisher = z.object({ name: z.string().min(1).max(100), publicKey: publicKeyText });
export type Publisher = z.infer<typeof publisher>;

/**
 * A publisher's word that somebody else, the coordinator, may sign what one training run makes of one model:
 * new weights under the given name, for the very artifact that the publisher signed. Never other code.
 */
export const delegation = z.strictObject({
  schema: z.literal('sedge.delegation/v1'),
  delegate: z.strictObject({ keyId, publicKey: publicKeyText }),
  run: runId,
  model: modelName,
  artifact: digest,
  notAfter: z.iso.datetime(),
});
export type Delegation = z.infer<typeof delegation>;

export const MANIFEST: PayloadKind<ModelManifest> = {
  payloadType: 'application/vnd.sedge.model-manifest.v1+json',
  schema: modelManifest,
};

export const DELEGATION: PayloadKind<Delegation> = {
  payloadType: 'application/vnd.sedge.delegation.v1+json',
  schema: delegation,
};

/** A manifest as it travels: signed by a publisher, or by a delegate with the publisher's delegation beside it. */
export const signedModel = z.object({ manifest: envelope, delegation: envelope.optional() });
export type SignedModel = z.infer<typeof signedModel>;

/** A manifest and the publisher that stands behind it: the signer, or whoever delegated to the signer. */
export interface TrustedModel {
  readonly manifest: ModelManifest;
  readonly publisher: KeyId;
}

/**
 * Reads a manifest if a pinned publisher stands behind it, directly or by delegation.
 * Throws SIGNATURE_MISSING, SIGNATURE_INVALID, PUBLISHER_UNKNOWN, DELEGATION_INVALID, ENVELOPE_MALFORMED.
 */
export function openSignedModel(
  crypto: Pick<Crypto, 'verify'>,
  signed: SignedModel,
  publishers: TrustedKeys,
): ModelManifest {
  return openTrustedModel(crypto, signed, publishers).manifest;
}

/** As `openSignedModel`, and says whose model it is: models of one publisher may share a host. */
export function openTrustedModel(
  crypto: Pick<Crypto, 'verify'>,
  signed: SignedModel,
  publishers: TrustedKeys,
): TrustedModel {
  if (signed.delegation === undefined) {
    const { payload, signer } = openEnvelope(crypto, MANIFEST, signed.manifest, publishers);
    return { manifest: payload, publisher: signer };
  }
  const { payload: granted, signer: granter } = openEnvelope(crypto, DELEGATION, signed.delegation, publishers);
  const delegateKey = fromBase64(granted.delegate.publicKey);
  const byDelegate = (id: KeyId): Uint8Array | undefined => (id === granted.delegate.keyId ? delegateKey : undefined);
  const { payload: manifest } = openEnvelope(crypto, MANIFEST, signed.manifest, byDelegate);
  checkGrant(granted, manifest);
  return { manifest, publisher: granter };
}

/** A delegation holds for versions made while it was valid, so that a node may load them for ever after. */
function checkGrant(granted: Delegation, manifest: ModelManifest): void {
  const refusal =
    manifest.lineage?.run !== granted.run
      ? `it is for run ${granted.run}`
      : manifest.name !== granted.model
        ? `it is for model ${granted.model}`
        : manifest.artifact.digest !== granted.artifact
          ? 'the artifact is not the one that the publisher signed'
          : manifest.createdAt > granted.notAfter
            ? `it ended at ${granted.notAfter}`
            : undefined;
  if (refusal !== undefined) throw new SedgeError('DELEGATION_INVALID', refusal, { expose: true });
}

/** The lookup that envelopes are opened with, over a list of publishers. */
export function trustedPublishers(crypto: Pick<Crypto, 'sha256'>, publishers: readonly Publisher[]): TrustedKeys {
  const keys = new Map<KeyId, Uint8Array>();
  for (const { publicKey } of publishers) {
    const bytes = fromBase64(publicKey);
    if (bytes !== undefined) keys.set(keyIdOf(crypto, bytes), bytes);
  }
  return (id) => keys.get(id);
}
