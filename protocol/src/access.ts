/** What a token may do. A token has one or more roles; `admin` may do everything that people may. */
export const ROLES = ['viewer', 'auditor', 'operator', 'engineer', 'app', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who may use a route: nobody needs a token, nodes sign in with their own, people and programs with a role. */
export type Access = { readonly public: true } | { readonly roles: readonly Role[]; readonly nodes?: true };

export const PUBLIC: Access = { public: true };
const readers = ['viewer', 'auditor', 'operator', 'engineer', 'admin'] as const;
/** Whoever may see the fleet. */
export const READ: Access = { roles: readers };
/** Nodes, and whoever may see the fleet. */
export const CONTENT: Access = { roles: readers, nodes: true };
/** Whoever looks after nodes and deployments. */
export const OPERATE: Access = { roles: ['operator', 'admin'] };
/** Whoever brings models and trains them. */
export const ENGINEER: Access = { roles: ['engineer', 'admin'] };
/** Whoever asks models for answers. */
export const INFER: Access = { roles: ['app', 'operator', 'engineer', 'admin'] };
export const ADMIN: Access = { roles: ['admin'] };
