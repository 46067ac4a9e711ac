import { z } from 'zod';
import { keyIdOf, type Crypto, type KeyPair } from './crypto.ts';
import { SedgeError } from './errors.ts';
import { keyId, type KeyId } from './ids.ts';
import { limits } from './limits.ts';
import { fromBase64, fromUtf8, toBase64, toUtf8 } from './text.ts';

/** A signed envelope: DSSE v1 (Dead Simple Signing Envelope), Ed25519 over the exact bytes of the payload. */
export const envelope = z.object({
  payloadType: z.string().min(1).max(200),
  payload: z.base64().max(Math.ceil(limits.manifestBytesMax * 1.4)),
  signatures: z.array(z.object({ keyid: keyId, sig: z.base64().max(100) })).max(8),
});
export type Envelope = z.infer<typeof envelope>;

/** What an envelope may hold: the type that its signature covers, and the schema of its JSON. */
export interface PayloadKind<Payload> {
  readonly payloadType: string;
  readonly schema: z.ZodType<Payload>;
}

/** Finds the public key of a trusted signer; undefined for anybody else. */
export type TrustedKeys = (keyId: KeyId) => Uint8Array | undefined;

export interface Opened<Payload> {
  readonly payload: Payload;
  readonly signer: KeyId;
}

export function sealEnvelope<Payload>(
  crypto: Pick<Crypto, 'sha256' | 'sign'>,
  kind: PayloadKind<Payload>,
  payload: Payload,
  key: KeyPair,
): Envelope {
  const bytes = toUtf8(JSON.stringify(payload));
  const signature = crypto.sign(preAuthenticationEncoding(kind.payloadType, bytes), key.secretSeed);
  return {
    payloadType: kind.payloadType,
    payload: toBase64(bytes),
    signatures: [{ keyid: keyIdOf(crypto, key.publicKey), sig: toBase64(signature) }],
  };
}

/**
 * Checks an envelope and reads its payload, in this order: type, a trusted signer, signature, JSON, schema.
 * Throws ENVELOPE_MALFORMED, SIGNATURE_MISSING, PUBLISHER_UNKNOWN, SIGNATURE_INVALID.
 */
export function openEnvelope<Payload>(
  crypto: Pick<Crypto, 'verify'>,
  kind: PayloadKind<Payload>,
  sealed: Envelope,
  trusted: TrustedKeys,
): Opened<Payload> {
  if (sealed.payloadType !== kind.payloadType) {
    throw new SedgeError('ENVELOPE_MALFORMED', `${sealed.payloadType} where ${kind.payloadType} was expected`, {
      expose: true,
    });
  }
  const bytes = decoded(sealed.payload, 'payload');
  const signer = verifiedSigner(crypto, sealed, bytes, trusted);
  return { payload: parsePayload(kind, bytes), signer };
}

/** The payload without any check of who signed it: for showing, never for acting. Throws ENVELOPE_MALFORMED. */
export function peekPayload<Payload>(kind: PayloadKind<Payload>, sealed: Envelope): Payload {
  return parsePayload(kind, decoded(sealed.payload, 'payload'));
}

/** DSSE's PAE: what is really signed, so that type and payload cannot be mixed up. */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = toUtf8(payloadType);
  const head = toUtf8(`DSSEv1 ${type.byteLength} ${payloadType} ${payload.byteLength} `);
  const encoded = new Uint8Array(head.byteLength + payload.byteLength);
  encoded.set(head);
  encoded.set(payload, head.byteLength);
  return encoded;
}

function verifiedSigner(
  crypto: Pick<Crypto, 'verify'>,
  sealed: Envelope,
  bytes: Uint8Array,
  trusted: TrustedKeys,
): KeyId {
  if (sealed.signatures.length === 0) throw new SedgeError('SIGNATURE_MISSING', 'the envelope has no signature');
  const message = preAuthenticationEncoding(sealed.payloadType, bytes);
  let known = false;
  for (const { keyid, sig } of sealed.signatures) {
    const publicKey = trusted(keyid);
    if (publicKey === undefined) continue;
    known = true;
    if (crypto.verify(message, decoded(sig, 'signature'), publicKey)) return keyid;
  }
  const signers = sealed.signatures.map(({ keyid }) => keyid.slice(0, 16)).join(', ');
  if (known) throw new SedgeError('SIGNATURE_INVALID', `the signature of ${signers} does not fit the payload`);
  throw new SedgeError('PUBLISHER_UNKNOWN', `signed by ${signers}, whom nobody trusts here`, { expose: true });
}

function parsePayload<Payload>(kind: PayloadKind<Payload>, bytes: Uint8Array): Payload {
  try {
    return kind.schema.parse(JSON.parse(fromUtf8(bytes)));
  } catch (cause) {
    throw new SedgeError('ENVELOPE_MALFORMED', `the payload is no ${kind.payloadType}`, { cause });
  }
}

function decoded(text: string, what: string): Uint8Array {
  const bytes = fromBase64(text);
  if (bytes === undefined) throw new SedgeError('ENVELOPE_MALFORMED', `the ${what} is not base64`);
  return bytes;
}
