import type { NodeId, Role, TokenId } from '@sedge/protocol';

/** Who is behind a request. */
export type Principal =
  | { readonly kind: 'person'; readonly token: TokenId; readonly name: string; readonly roles: readonly Role[] }
  | { readonly kind: 'node'; readonly node: NodeId };
