import type { NetworkInterfaceInfo } from 'node:os';

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

const ANY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** The address under which others reach what is bound to `host`: for "any address" the first that leaves the machine. */
export function reachableHost(host: string, interfaces: Interfaces): string {
  if (!ANY_ADDRESS.has(host)) return host;
  const addresses = Object.values(interfaces).flatMap((infos) => infos ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}

/** A URL of scheme, host and port; IPv6 addresses in brackets (RFC 3986 §3.2.2). */
export function urlOf(scheme: 'http' | 'mqtt', host: string, port: number): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
