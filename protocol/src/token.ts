import { z } from 'zod';
import type { Crypto, KeyPair } from './crypto.ts';
import { SedgeError } from './errors.ts';
import { keyId, nodeId, type KeyId, type NodeId } from './ids.ts';
import { limits } from './limits.ts';
import { fromBase64Url, fromUtf8, toBase64Url, toUtf8 } from './text.ts';

/**
 * The short-lived token with which a node signs in at the broker and at HTTP: a JWT (RFC 7519) signed with EdDSA
 * (RFC 8037), made by the node itself. Times are seconds of the coordinator's clock.
 */
const claims = z.object({
  sub: nodeId,
  /** The key id of the one coordinator that it is for. */
  aud: keyId,
  iat: z.int(),
  exp: z.int(),
});
export type NodeClaims = z.infer<typeof claims>;

const header = z.object({ alg: z.literal('EdDSA'), typ: z.literal('JWT') });

export function issueNodeToken(
  crypto: Pick<Crypto, 'sign'>,
  input: { readonly node: NodeId; readonly coordinator: KeyId; readonly key: KeyPair; readonly nowMs: number },
): string {
  const issuedAt = Math.floor(input.nowMs / 1000);
  const payload: NodeClaims = {
    sub: input.node,
    aud: input.coordinator,
    iat: issuedAt,
    exp: issuedAt + limits.brokerTokenLifetimeMs / 1000,
  };
  const signed = `${part({ alg: 'EdDSA', typ: 'JWT' })}.${part(payload)}`;
  return `${signed}.${toBase64Url(crypto.sign(toUtf8(signed), input.key.secretSeed))}`;
}

/**
 * Checks a node's token; the key is looked up by the node that it names.
 * Throws TOKEN_MALFORMED, UNAUTHENTICATED (unknown node, wrong signature, another coordinator), TOKEN_EXPIRED.
 */
export function verifyNodeToken(
  crypto: Pick<Crypto, 'verify'>,
  token: string,
  expected: {
    readonly coordinator: KeyId;
    readonly nowMs: number;
    readonly keyOf: (node: NodeId) => Uint8Array | undefined;
  },
): NodeClaims {
  const { signed, payload, signature } = parse(token);
  const publicKey = expected.keyOf(payload.sub);
  if (publicKey === undefined) throw new SedgeError('UNAUTHENTICATED', `node ${payload.sub} is not enrolled`);
  if (!crypto.verify(toUtf8(signed), signature, publicKey)) {
    throw new SedgeError('UNAUTHENTICATED', `the token of ${payload.sub} has a wrong signature`);
  }
  if (payload.aud !== expected.coordinator) {
    throw new SedgeError('UNAUTHENTICATED', `the token of ${payload.sub} is for another coordinator`);
  }
  checkTimes(payload, expected.nowMs);
  return payload;
}

function checkTimes({ sub, iat, exp }: NodeClaims, nowMs: number): void {
  const skewed = (exp - iat) * 1000 > limits.brokerTokenLifetimeMs || iat * 1000 > nowMs + limits.clockSkewMs;
  if (skewed || exp * 1000 + limits.clockSkewMs < nowMs) {
    throw new SedgeError('TOKEN_EXPIRED', `the token of ${sub} holds from ${iat} to ${exp}, it is ${nowMs / 1000}`);
  }
}

function parse(token: string): { signed: string; payload: NodeClaims; signature: Uint8Array } {
  const [head = '', body = '', tail = '', ...more] = token.split('.');
  const signature = fromBase64Url(tail);
  if (more.length > 0 || signature === undefined || token.length > 2_000) throw malformed();
  if (!header.safeParse(json(head)).success) throw malformed();
  const payload = claims.safeParse(json(body));
  if (!payload.success) throw malformed(payload.error);
  return { signed: `${head}.${body}`, payload: payload.data, signature };
}

function part(value: unknown): string {
  return toBase64Url(toUtf8(JSON.stringify(value)));
}

function json(text: string): unknown {
  try {
    return JSON.parse(fromUtf8(fromBase64Url(text) ?? new Uint8Array()));
  } catch (cause) {
    throw malformed(cause);
  }
}

function malformed(cause?: unknown): SedgeError {
  return new SedgeError('TOKEN_MALFORMED', 'this is no node token', { cause });
}
