import { z } from 'zod';
import type { PayloadKind } from './envelope.ts';
import { SedgeError } from './errors.ts';
import { keyId, nodeId, projectId } from './ids.ts';
import { fromBase64Url, fromUtf8, toBase64Url, toUtf8 } from './text.ts';
import { publicKeyText, publisher } from './trust.ts';

const PREFIX = 'sedge-enrol_';

/**
 * What an operator hands to a new node, as one word to copy: where the coordinator is, the single-use secret,
 * and the coordinator's fingerprint, so that the node can check the very first answer.
 */
const enrolmentToken = z.object({
  v: z.literal(1),
  url: z.url(),
  secret: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  coordinator: keyId,
});
export type EnrolmentToken = z.infer<typeof enrolmentToken>;

export function encodeEnrolmentToken(token: Omit<EnrolmentToken, 'v'>): string {
  return PREFIX + toBase64Url(toUtf8(JSON.stringify({ v: 1, ...token })));
}

/** Throws TOKEN_MALFORMED. */
export function decodeEnrolmentToken(text: string): EnrolmentToken {
  try {
    if (!text.startsWith(PREFIX)) throw new TypeError(`it does not begin with ${PREFIX}`);
    const bytes = fromBase64Url(text.slice(PREFIX.length));
    return enrolmentToken.parse(JSON.parse(fromUtf8(bytes ?? new Uint8Array())));
  } catch (cause) {
    throw new SedgeError('TOKEN_MALFORMED', 'this is no enrolment token', { cause });
  }
}

/** The request of a node for an identity. `proof` is its signature over `enrolmentProof`. */
export const enrolmentRequest = z.strictObject({
  secret: z.string().max(200),
  publicKey: publicKeyText,
  proof: z.base64().max(100),
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$/, 'must be 1 to 100 of letters, digits, space . _ -')
    .optional(),
  labels: z.record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/), z.string().max(200)).optional(),
});
export type EnrolmentRequest = z.infer<typeof enrolmentRequest>;

/** The bytes that a node signs to show that it holds the key: bound to this one secret. */
export function enrolmentProof(secret: string, publicKey: string): Uint8Array {
  return toUtf8(`sedge enrolment v1\n${secret}\n${publicKey}`);
}

/** The coordinator's answer, signed by the key whose fingerprint the token carries. */
export const enrolment = z.object({
  node: nodeId,
  name: z.string(),
  project: projectId,
  coordinator: publicKeyText,
  mqttUrl: z.url(),
  /** Whose models this node will run: pinned now, changed only by an operator on the node. */
  publishers: z.array(publisher).max(100),
  /** Milliseconds since 1970 by the coordinator's clock; a Pi has none of its own. */
  serverTime: z.int(),
});
export type Enrolment = z.infer<typeof enrolment>;

export const ENROLMENT: PayloadKind<Enrolment> = {
  payloadType: 'application/vnd.sedge.enrolment.v1+json',
  schema: enrolment,
};
