import { type Access, SedgeError } from '@sedge/protocol';
import type { Authenticate } from '../access/authenticator.ts';
import { mayUse } from '../access/may-use.ts';
import type { Principal } from '../access/principal.ts';

const BEARER = /^Bearer +(\S+)$/i;
const TOKEN_LENGTH_MAX = 4_096;

/** Who sends a request, if they may. Throws UNAUTHENTICATED, TOKEN_EXPIRED, TOKEN_MALFORMED and FORBIDDEN. */
export function admit(
  authenticate: Authenticate,
  access: Access,
  authorization: string | undefined,
): Principal | undefined {
  if ('public' in access) return undefined;
  const token = BEARER.exec(authorization ?? '')?.[1];
  if (token === undefined || token.length > TOKEN_LENGTH_MAX) {
    throw new SedgeError('UNAUTHENTICATED', 'the request has no bearer token');
  }
  const principal = authenticate(token);
  if (mayUse(principal, access)) return principal;
  const needed = 'roles' in access ? access.roles.join(', ') : '';
  throw new SedgeError('FORBIDDEN', `one of these roles is needed: ${needed}`, { expose: true });
}
