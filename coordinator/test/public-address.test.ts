import { describe, expect, it } from 'vitest';
import { reachableHost, urlOf } from '../src/public-address.ts';

function address(family: 'IPv4' | 'IPv6', text: string, internal: boolean) {
  return { address: text, family, internal, netmask: '', mac: '', cidr: null, scopeid: 0 } as never;
}

const interfaces = {
  lo: [address('IPv4', '127.0.0.1', true)],
  eth0: [address('IPv6', 'fe80::1', false), address('IPv4', '192.168.1.5', false)],
};

describe('reachableHost', () => {
  it('is the host itself, unless that is any address', () => {
    expect(reachableHost('127.0.0.1', interfaces)).toBe('127.0.0.1');
    expect(reachableHost('0.0.0.0', interfaces)).toBe('192.168.1.5');
    expect(reachableHost('::', interfaces)).toBe('192.168.1.5');
    expect(reachableHost('0.0.0.0', { lo: interfaces.lo })).toBe('127.0.0.1');
  });
});

describe('urlOf', () => {
  it('puts IPv6 addresses in brackets', () => {
    expect(urlOf('http', '127.0.0.1', 8080)).toBe('http://127.0.0.1:8080');
    expect(urlOf('mqtt', '::1', 1883)).toBe('mqtt://[::1]:1883');
  });
});
