import type { Clock } from '@sedge/kit';
import {
  decodeEnrolmentToken,
  ENROLMENT,
  enrolmentProof,
  fromBase64,
  keyIdOf,
  openEnvelope,
  peekPayload,
  SedgeError,
  toBase64,
  type Crypto,
  type Enrolment,
  type EnrolmentRequest,
  type EnrolmentToken,
  type Envelope,
  type KeyPair,
} from '@sedge/protocol';
import type { Identity } from './identity.ts';

/** The one call to the coordinator that needs no identity. Throws COORDINATOR_UNREACHABLE, and what it answers. */
export type SendEnrolment = (url: string, request: EnrolmentRequest) => Promise<Envelope>;

export interface EnrolOptions {
  readonly token: string;
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly crypto: Crypto;
  readonly clock: Pick<Clock, 'now'>;
  readonly send: SendEnrolment;
}

/**
 * Exchanges a single-use token for an identity; the key pair is made here and its secret stays here.
 * Throws TOKEN_MALFORMED, COORDINATOR_UNREACHABLE, COORDINATOR_MISMATCH, and TOKEN_… as the coordinator answers.
 */
export async function enrol(options: EnrolOptions): Promise<{ identity: Identity; key: KeyPair }> {
  const { crypto, clock, send } = options;
  const token = decodeEnrolmentToken(options.token.trim());
  const key = crypto.generateKeyPair();
  const sealed = await send(token.url, requestOf(options, token, key));
  const enrolment = checkedAnswer(crypto, sealed, token);
  return { identity: identityOf(enrolment, token, clock.now()), key };
}

function requestOf({ crypto, name, labels }: EnrolOptions, { secret }: EnrolmentToken, key: KeyPair): EnrolmentRequest {
  const publicKey = toBase64(key.publicKey);
  return {
    secret,
    publicKey,
    proof: toBase64(crypto.sign(enrolmentProof(secret, publicKey), key.secretSeed)),
    ...(name === undefined ? {} : { name }),
    ...(labels === undefined || Object.keys(labels).length === 0 ? {} : { labels: { ...labels } }),
  };
}

/** The answer, if the key that it names is the one whose fingerprint the token carries, and signed it. */
function checkedAnswer(crypto: Crypto, sealed: Envelope, token: EnrolmentToken): Enrolment {
  const publicKey = fromBase64(peekPayload(ENROLMENT, sealed).coordinator);
  if (publicKey === undefined || keyIdOf(crypto, publicKey) !== token.coordinator) {
    throw mismatch(token, 'another key answered');
  }
  try {
    return openEnvelope(crypto, ENROLMENT, sealed, (id) => (id === token.coordinator ? publicKey : undefined)).payload;
  } catch (cause) {
    throw mismatch(token, 'the answer is not signed by its key', cause);
  }
}

function mismatch({ url }: EnrolmentToken, reason: string, cause?: unknown): SedgeError {
  return new SedgeError('COORDINATOR_MISMATCH', `${url}: ${reason}`, { cause, expose: true });
}

function identityOf(enrolment: Enrolment, { url }: EnrolmentToken, nowMs: number): Identity {
  const { node, name, project, coordinator, mqttUrl, publishers, serverTime } = enrolment;
  return {
    schema: 'sedge.identity/v1',
    node,
    name,
    project,
    coordinator: { url, publicKey: coordinator },
    mqttUrl,
    publishers,
    clockOffsetMs: serverTime - nowMs,
    enrolledAt: new Date(nowMs).toISOString(),
  };
}
