import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDoor, sayRaw, type OpenDoor } from './open-door.ts';

let open: OpenDoor;
beforeAll(async () => {
  open = await openDoor();
});
afterAll(() => open[Symbol.asyncDispose]());

const x = { name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, -2] };
const INFER = '/v2/models/echo/infer';

describe('the local door', () => {
  it('binds the loopback interface only, and says where', async () => {
    expect(open.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(open.log.messages('info')).toContain('programs on this machine may ask for inference');
  });

  it('tells of itself and of its health', async () => {
    expect((await open.ask('/v2')).body).toMatchObject({ name: 'sedge-agent', extensions: ['binary_tensor_data'] });
    expect((await open.ask('/v2/')).status).toBe(200);
    for (const path of ['/v2/health/live', '/v2/health/ready']) {
      const { status } = await fetch(`${open.url}${path}`);
      expect(status).toBe(200);
    }
  });

  it('tells of a model and of one version of it', async () => {
    const tensor = { datatype: 'FP32', shape: [-1, 2] };
    const told = {
      name: 'echo',
      versions: ['2', '1'],
      platform: 'sedge_component',
      inputs: [{ name: 'x', ...tensor }],
      outputs: [{ name: 'y', ...tensor }],
    };
    expect(await open.ask('/v2/models/echo')).toEqual({ status: 200, body: told });
    expect(await open.ask('/v2/models/echo/versions/1')).toEqual({ status: 200, body: told });
    expect((await open.ask('/v2/models/echo/ready')).status).toBe(200);
    expect((await open.ask('/v2/models/echo/versions/2/ready')).status).toBe(200);
  });

  it('answers JSON with JSON, by the newest ready version and the first function', async () => {
    const answer = await open.ask(INFER, { id: '42', inputs: [x] });
    expect(answer.body).toEqual({
      id: '42',
      model_name: 'echo',
      model_version: '2',
      parameters: { engine: 'double', queue_ms: 1, compute_ms: 2 },
      outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 2], data: [1, -2] }],
    });
    expect(open.calls.at(-1)).toMatchObject({ model: 'echo@2', function: 'infer', options: { timeoutMs: 30_000 } });
  });

  it('asks the version, the function and with the deadline that are named', async () => {
    const parameters = { function: 'embed', timeout: 1_500_000 };
    expect((await open.ask('/v2/models/echo/versions/1/infer', { parameters, inputs: [x] })).status).toBe(200);
    expect(open.calls.at(-1)).toMatchObject({ model: 'echo@1', function: 'embed', options: { timeoutMs: 1_500 } });
  });

  it('answers bytes with bytes, without a content type', async () => {
    const values = Buffer.from(Float32Array.of(1, -2).buffer);
    const head = Buffer.from(
      JSON.stringify({
        parameters: { binary_data_output: true },
        inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } }],
      }),
    );
    const headers = { 'Inference-Header-Content-Length': String(head.length) };
    const answer = await open.send(INFER, { method: 'POST', headers, body: Buffer.concat([head, values]) });
    const jsonBytes = Number(answer.headers.get('inference-header-content-length'));
    expect(JSON.parse(answer.body.subarray(0, jsonBytes).toString())).toMatchObject({ model_name: 'echo' });
    expect(answer.body.subarray(jsonBytes)).toEqual(values);
  });

  it('takes a raw tensor and gives one', async () => {
    const headers = { 'Inference-Header-Content-Length': '0' };
    const body = Buffer.from(Float32Array.of(1, 2, 3, 4).buffer);
    const answer = await open.send(INFER, { method: 'POST', headers, body });
    expect(open.calls.at(-1)?.inputs).toMatchObject([{ name: 'x', shape: [2, 2] }]);
    expect(answer.body.subarray(-16)).toEqual(body);
  });

  it('takes a body of unknown length', async () => {
    const text = JSON.stringify({ inputs: [x] });
    const head = `POST ${INFER} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${open.token}\r\n`;
    const chunk = `Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
    expect(await sayRaw(open.port, head + chunk)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('lists what the node holds, with and without a body, and what is ready alone', async () => {
    const lines = [
      { name: 'echo', version: '1', state: 'READY', reason: '' },
      { name: 'echo', version: '2', state: 'READY', reason: '' },
      { name: 'slow', version: '1', state: 'LOADING', reason: '' },
      { name: 'broken', version: '1', state: 'UNAVAILABLE', reason: 'MODEL_INVALID: not a component' },
    ];
    const bare = await open.send('/v2/repository/index', { method: 'POST' });
    expect(JSON.parse(bare.body.toString())).toEqual(lines);
    expect((await open.ask('/v2/repository/index', { ready: true })).body).toEqual(lines.slice(0, 2));
  });

  it('does not start on a port that is taken, and says so', async () => {
    await expect(openDoor({ port: open.port })).rejects.toMatchObject({ code: 'PORT_IN_USE' });
  });

  it('may be started and stopped twice, and is closed then', async () => {
    const other = await openDoor();
    await other.door.start();
    expect(other.door.url).toBe(other.url);
    await other[Symbol.asyncDispose]();
    await other.door.stop();
    expect(other.door.url).toBeUndefined();
    await expect(fetch(`${other.url}/v2/health/live`)).rejects.toThrow('fetch failed');
  });
});
