import type { z } from 'zod';
import type { Crypto, KeyPair } from '../crypto.ts';
import { envelope, openEnvelope, sealEnvelope, type PayloadKind, type TrustedKeys } from '../envelope.ts';
import { SedgeError } from '../errors.ts';
import { fromUtf8, toUtf8 } from '../text.ts';
import type { Channel } from './channel.ts';

type JsonChannel<Schema extends z.ZodType> = Channel<string, { kind: 'json'; schema: Schema }>;
type SignedChannel<Body> = Channel<string, { kind: 'signed'; inner: PayloadKind<Body> }>;

export function encodeJson<Schema extends z.ZodType>(_: JsonChannel<Schema>, body: z.infer<Schema>): Uint8Array {
  return toUtf8(JSON.stringify(body));
}

/** Reads the JSON of a channel; fields that are not known here are dropped. Throws BAD_JSON, INVALID_FIELD. */
export function decodeJson<Schema extends z.ZodType>(
  { path, payload }: JsonChannel<Schema>,
  bytes: Uint8Array,
): z.infer<Schema> {
  const parsed = payload.schema.safeParse(parseJson(bytes, path));
  if (parsed.success) return parsed.data;
  throw new SedgeError('INVALID_FIELD', `a message on ${path} is not as documented: ${parsed.error.message}`);
}

export function encodeSigned<Body>(
  crypto: Pick<Crypto, 'sha256' | 'sign'>,
  { payload }: SignedChannel<Body>,
  body: Body,
  key: KeyPair,
): Uint8Array {
  return toUtf8(JSON.stringify(sealEnvelope(crypto, payload.inner, body, key)));
}

/** Reads a signed channel. Throws BAD_JSON, and what `openEnvelope` throws. */
export function decodeSigned<Body>(
  crypto: Pick<Crypto, 'verify'>,
  { path, payload }: SignedChannel<Body>,
  bytes: Uint8Array,
  trusted: TrustedKeys,
): Body {
  const sealed = envelope.safeParse(parseJson(bytes, path));
  if (!sealed.success) throw new SedgeError('ENVELOPE_MALFORMED', `no envelope on ${path}`, { cause: sealed.error });
  return openEnvelope(crypto, payload.inner, sealed.data, trusted).payload;
}

function parseJson(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(fromUtf8(bytes));
  } catch (cause) {
    throw new SedgeError('BAD_JSON', `a message on ${path} is not JSON`, { cause });
  }
}
