import type { Route } from '@sedge/protocol/routes';

/** What stands in an address besides the route's own words. */
export interface AddressParts {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
}

/** Path and query of a route, filled in. */
export function addressOf({ path }: Pick<Route, 'path'>, input: AddressParts): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(input.path?.[name] ?? ''));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined) query.set(name, `${value as string | number | boolean}`);
  }
  return query.size === 0 ? filled : `${filled}?${query.toString()}`;
}
