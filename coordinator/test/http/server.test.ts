import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { silentLog, systemClock } from '@sedge/kit';
import { fakeClock } from '@sedge/kit/testing';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { HttpServer } from '../../src/http/http-server.ts';
import { packets } from '../broker/raw-client.ts';
import { address, PASSWORD, startBroker } from '../broker/start-broker.ts';
import { admin, openDoor } from './fake-rooms.ts';
import { openServer } from './open-server.ts';

async function socketTo({ port = 0 }: HttpServer): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, wanted: string): Promise<string> {
  let text = '';
  while (!text.includes(wanted)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`ended after ${text}`);
    text += new TextDecoder().decode(value);
  }
  return text;
}

describe('events over a real connection', () => {
  it('come as they happen, and go on after the last that was seen', async () => {
    await using open = await openServer();
    const { emit } = open.door.events;
    const first = await fetch(`${open.url}/api/v1/events`, { headers: admin });
    expect(first.headers.get('content-type')).toBe('text/event-stream');
    const reader = (first.body as ReadableStream<Uint8Array>).getReader();
    await readUntil(reader, 'retry:');
    emit('node.changed', 'node-a', { text: 'line\nbreak' });
    const seen = await readUntil(reader, 'data: ');
    const [, id = ''] = /^id: (.+)$/m.exec(seen) ?? [];
    expect(seen).toContain('event: sedge.node.changed');
    await reader.cancel();
    emit('node.changed', 'node-b', {});
    const again = await fetch(`${open.url}/api/v1/events`, { headers: { ...admin, 'last-event-id': id } });
    const missed = await readUntil((again.body as ReadableStream<Uint8Array>).getReader(), 'node-b');
    expect(missed).not.toContain('node-a');
    await again.body?.cancel().catch(() => undefined);
  });

  it('let go of a watcher that left', async () => {
    const door = openDoor({ subscribersMax: 1 });
    await using open = await openServer(door);
    const caller = new AbortController();
    const response = await fetch(`${open.url}/api/v1/events`, { headers: admin, signal: caller.signal });
    await readUntil((response.body as ReadableStream<Uint8Array>).getReader(), 'retry:');
    const status = async (): Promise<number> => {
      const other = await fetch(`${open.url}/api/v1/events`, { headers: admin });
      await other.body?.cancel();
      return other.status;
    };
    expect(await status()).toBe(503);
    caller.abort();
    await expect.poll(status).toBe(200);
  });

  it('say something now and then while nothing happens', async () => {
    const clock = fakeClock();
    const door = openDoor({ clock });
    const response = await door.app.request('/api/v1/events', { headers: admin });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await readUntil(reader, 'retry:');
    const silence = readUntil(reader, ': nothing new');
    await clock.advance(15_000);
    expect(await silence).toContain(': nothing new');
    await reader.cancel();
  });
});

describe('inference over a real connection', () => {
  it('carries binary tensors both ways, without a content type', async () => {
    await using open = await openServer();
    const head = JSON.stringify({
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } }],
      parameters: { binary_data_output: true },
    });
    const body = Buffer.concat([Buffer.from(head), Buffer.from(Float32Array.of(1, -2).buffer)]);
    const headers = { ...admin, 'inference-header-content-length': String(head.length) };
    const response = await fetch(`${open.url}/v2/models/digits/infer`, { method: 'POST', headers, body });
    const answer = Buffer.from(await response.arrayBuffer());
    const jsonBytes = Number(response.headers.get('inference-header-content-length'));
    expect(JSON.parse(answer.subarray(0, jsonBytes).toString())).toMatchObject({
      outputs: [{ name: 'y', shape: [1, 2] }],
    });
    expect([...new Float32Array(new Uint8Array(answer.subarray(jsonBytes)).buffer)]).toEqual([2, -4]);
  });

  it('takes a raw tensor as the whole body', async () => {
    await using open = await openServer();
    const headers = { ...admin, 'inference-header-content-length': '0' };
    const body = Buffer.from(Float32Array.of(1, 2, 3, 4).buffer);
    const response = await fetch(`${open.url}/v2/models/digits/versions/1/infer`, { method: 'POST', headers, body });
    expect(response.status).toBe(200);
    expect(open.door.asked[0]?.inputs[0]?.shape).toEqual([2, 2]);
  });

  it('is called off when the caller leaves', async () => {
    await using open = await openServer();
    const signals: AbortSignal[] = [];
    open.door.infer = ({ signal }) => {
      signals.push(signal);
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('called off')));
      });
    };
    const caller = new AbortController();
    const body = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }] });
    const options = { method: 'POST', headers: admin, body, signal: caller.signal };
    const answer = fetch(`${open.url}/v2/models/digits/infer`, options).catch((error: unknown) => error);
    await expect.poll(() => signals.length).toBe(1);
    caller.abort();
    await answer;
    await expect.poll(() => signals[0]?.aborted).toBe(true);
  });
});

describe('a body over a real connection', () => {
  it('that is announced too long is refused before it is sent', async () => {
    await using open = await openServer();
    const socket = await socketTo(open.server);
    const { authorization } = admin;
    socket.write(
      `POST /api/v1/runs HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Length: 99999999999\r\n\r\n`,
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  it('that never ends is refused when it has become too long', { timeout: 30_000 }, async () => {
    await using open = await openServer();
    const socket = await socketTo(open.server);
    const answers: string[] = [];
    socket.on('data', (bytes: Buffer) => void answers.push(bytes.toString()));
    socket.write(
      `POST /api/v1/runs HTTP/1.1\r\nHost: x\r\nAuthorization: ${admin.authorization}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    const piece = Buffer.alloc(1024 * 1024, 0x20);
    const chunk = Buffer.concat([Buffer.from(`${piece.byteLength.toString(16)}\r\n`), piece, Buffer.from('\r\n')]);
    for (let sent = 0; sent < 64 && answers.length === 0 && !socket.destroyed; sent++) {
      if (!socket.write(chunk))
        await Promise.race([once(socket, 'drain'), once(socket, 'close'), once(socket, 'data')]);
    }
    await expect.poll(() => answers.join('')).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });
});

describe('an upgrade', () => {
  const credentials = { clientId: 'node-a', username: 'node-a', password: PASSWORD };

  it('at /mqtt carries MQTT, however the frames cut its packets', async () => {
    await using running = await startBroker();
    await using open = await openServer(openDoor(), (socket) => running.broker.accept(socket));
    const heard = new Promise<string>((resolve) => {
      void running.broker.bus.subscribe('#', ({ topic }) => resolve(topic));
    });
    const node = new WebSocket(`ws://127.0.0.1:${open.server.port}/mqtt`, 'mqtt');
    await once(node, 'open');
    expect(node.protocol).toBe('mqtt');
    for (const byte of packets.connect(credentials)) node.send(Buffer.of(byte));
    const [answer] = (await once(node, 'message')) as [Buffer];
    expect(answer[0]).toBe(0x20);
    const topic = `sedge/v1/default/${address('node-a').shard}/node-a/up/hb`;
    node.send(packets.publish(topic, '{}'));
    expect(await heard).toBe(topic);
    node.terminate();
  });

  it('does not keep the server from stopping', async () => {
    await using running = await startBroker();
    const open = await openServer(openDoor(), (socket) => running.broker.accept(socket));
    const node = new WebSocket(`ws://127.0.0.1:${open.server.port}/mqtt`, 'mqtt');
    await once(node, 'open');
    node.send(packets.connect(credentials));
    await once(node, 'message');
    const closed = once(node, 'close');
    await open.server.stop();
    await closed;
    await expect.poll(() => running.broker.connections).toBe(0);
  });

  it('anywhere else is refused with 404', async () => {
    await using open = await openServer();
    const socket = await socketTo(open.server);
    socket.write(
      'GET /other HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 404 /);
    socket.destroy();
  });
});

describe('the server', () => {
  it('tells which port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { app } = openDoor();
    const acceptMqtt = (): void => undefined;
    const server = new HttpServer({ app, host: '127.0.0.1', port, acceptMqtt, clock: systemClock, log: silentLog });
    await expect(server.start()).rejects.toMatchObject({ code: 'PORT_IN_USE' });
    taken.close();
  });

  it('may be stopped twice, and does not answer afterwards', async () => {
    const { server, url } = await openServer();
    await server.start();
    await server.stop();
    await server.stop();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow(TypeError);
  });
});
