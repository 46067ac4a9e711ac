import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { portOrAny } from '../../src/local-fleet/ports.ts';

describe('portOrAny', () => {
  it('is the port while nobody listens there, and 0 while somebody does', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await portOrAny(port)).toBe(0);
    server.close();
    await once(server, 'close');
    expect(await portOrAny(port)).toBe(port);
  });
});
