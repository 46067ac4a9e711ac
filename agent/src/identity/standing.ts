import {
  addressOf,
  fromBase64,
  issueNodeToken,
  keyIdOf,
  type Crypto,
  type KeyId,
  type NodeAddress,
  type TrustedKeys,
} from '@sedge/protocol';
import type { HeldIdentity } from './identity.ts';

/** What follows from an identity: where it speaks, whom it believes, how it signs in. */
export interface Standing {
  readonly address: NodeAddress;
  readonly coordinator: KeyId;
  /** Whose twins, commands and offers are obeyed. */
  readonly coordinatorKeys: TrustedKeys;
  /** A fresh token for broker and HTTP. */
  token(serverNowMs: number): string;
}

export function standingOf(crypto: Crypto, { identity, key }: HeldIdentity): Standing {
  const { node, project } = identity;
  const publicKey = fromBase64(identity.coordinator.publicKey) ?? new Uint8Array();
  const coordinator = keyIdOf(crypto, publicKey);
  return {
    address: addressOf(crypto, project, node),
    coordinator,
    coordinatorKeys: (id) => (id === coordinator ? publicKey : undefined),
    token: (serverNowMs) => issueNodeToken(crypto, { node, coordinator, key, nowMs: serverNowMs }),
  };
}
