import { type Crypto, type KeyId, type NodeId, verifyNodeToken } from '@sedge/protocol';
import type { Clock } from '@sedge/kit';
import type { Principal } from './principal.ts';

/** Who a bearer token belongs to. Throws UNAUTHENTICATED, TOKEN_EXPIRED and TOKEN_MALFORMED. */
export type Authenticate = (bearer: string) => Principal;

export interface AuthenticatorOptions {
  readonly crypto: Pick<Crypto, 'verify'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly coordinator: KeyId;
  readonly keyOf: (node: NodeId) => Uint8Array | undefined;
  readonly authenticatePerson: (bearer: string) => Principal;
}

/** Tokens of people begin with `sedge_`; those of nodes are JWTs that the node signed. */
export function authenticator(options: AuthenticatorOptions): Authenticate {
  return (bearer) =>
    bearer.startsWith('sedge_') ? options.authenticatePerson(bearer) : { kind: 'node', node: nodeOf(options, bearer) };
}

function nodeOf({ crypto, clock, coordinator, keyOf }: AuthenticatorOptions, token: string): NodeId {
  return verifyNodeToken(crypto, token, { coordinator, nowMs: clock.now(), keyOf }).sub;
}
