import type { Access } from '@sedge/protocol';
import type { Principal } from './principal.ts';

/** Whether a route is open to a principal; nobody at all may use what is public. */
export function mayUse(principal: Principal | undefined, access: Access): boolean {
  if ('public' in access) return true;
  if (principal === undefined) return false;
  if (principal.kind === 'node') return access.nodes === true;
  return principal.roles.some((role) => access.roles.includes(role));
}
