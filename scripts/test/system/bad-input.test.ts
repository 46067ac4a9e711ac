import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { describeModel, publishModel, type Client } from '@sedge/cli';
import { nodeCrypto } from '@sedge/kit';
import { digestOf, fromBase64, MANIFEST, sealEnvelope, signedModel, toBase64, type ModelName } from '@sedge/protocol';
import { routes } from '@sedge/protocol/routes';
import { readModel } from '@sedge/wasm-models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { centroidModel } from '../../src/data/centroid-classifier.ts';
import { CENTROIDS, deployEverywhere, publishCentroids } from '../../src/demo/models.ts';
import { runProgram } from '../support/programs.ts';
import { startTestFleet, type TestFleet } from '../support/test-fleet.ts';

const SEDGE = 'cli/bin/sedge.js';
const AGENT = 'agent/bin/sedge-agent.js';

let running: TestFleet;
let client: Client;
let env: Record<string, string>;

beforeAll(async () => {
  running = await startTestFleet({ agents: 1 });
  client = running.fleet.client;
  const { httpUrl, adminToken = '' } = running.fleet.coordinator;
  env = { SEDGE_URL: httpUrl, SEDGE_TOKEN: adminToken };
}, 120_000);
afterAll(() => running[Symbol.asyncDispose]());

function sedge(...args: string[]) {
  return runProgram(SEDGE, args, { env });
}

describe('an enrolment token', () => {
  const enrol = (token: string, folder: string) =>
    runProgram(AGENT, ['enrol', '--token', token], { env: { SEDGE_AGENT_DIR: join(running.fleet.folder, folder) } });

  it('is good for one node: used again it is refused with TOKEN_USED, and the first node stays', async () => {
    const made = await sedge('tokens', 'create', '--enrol');
    expect(made.status).toBe(0);
    const token = made.stdout.trim();
    expect(await enrol(token, 'first')).toMatchObject({ status: 0 });
    const again = await enrol(token, 'second');
    expect(again.status).not.toBe(0);
    expect(again.stderr).toContain('TOKEN_USED');
    expect(again.stderr).toContain('sedge tokens create --enrol');
    expect((await client.call(routes.listNodes)).items).toHaveLength(2);
  });

  it('that was never made is refused with TOKEN_UNKNOWN, and one that is cut off with TOKEN_MALFORMED', async () => {
    const token = (await sedge('tokens', 'create', '--enrol')).stdout.trim();
    const other = JSON.parse(Buffer.from(token.slice('sedge-enrol_'.length), 'base64url').toString()) as object;
    const forged = { ...other, secret: Buffer.alloc(32, 7).toString('base64url') };
    const wrong = `sedge-enrol_${Buffer.from(JSON.stringify(forged)).toString('base64url')}`;
    expect((await enrol(wrong, 'third')).stderr).toContain('TOKEN_UNKNOWN');
    expect((await enrol(token.slice(0, -20), 'third')).stderr).toContain('TOKEN_MALFORMED');
  });
});

describe('a model', () => {
  const name = 'bad-model' as ModelName;

  async function signed(artifact: Uint8Array<ArrayBuffer>, key = running.fleet.publisherKey) {
    const described = await describeModel({ format: 'onnx', artifact: centroidModel(running.digits.train) });
    const manifest = {
      schema: 'sedge.model/v1' as const,
      name,
      version: 1,
      format: 'onnx' as const,
      artifact: { digest: await client.putBlob(nodeCrypto, artifact), sizeBytes: artifact.byteLength },
      functions: [...described.functions],
      createdAt: new Date().toISOString(),
    };
    return sealEnvelope(nodeCrypto, MANIFEST, manifest, key);
  }

  it('without a signature is refused with SIGNATURE_MISSING', async () => {
    const manifest = { ...(await signed(Uint8Array.of(8, 8))), signatures: [] };
    await expect(client.call(routes.publishModel, { body: { manifest } })).rejects.toMatchObject({
      code: 'SIGNATURE_MISSING',
    });
  });

  it('whose manifest was altered after it was signed is refused with SIGNATURE_INVALID', async () => {
    const sealed = await signed(Uint8Array.of(8, 8));
    const text = new TextDecoder().decode(fromBase64(sealed.payload)).replace('"version":1', '"version":2');
    const manifest = { ...sealed, payload: toBase64(new TextEncoder().encode(text)) };
    await expect(client.call(routes.publishModel, { body: { manifest } })).rejects.toMatchObject({
      code: 'SIGNATURE_INVALID',
    });
  });

  it('of somebody unknown is refused with PUBLISHER_UNKNOWN', async () => {
    const manifest = await signed(Uint8Array.of(8, 8), nodeCrypto.generateKeyPair());
    const body = signedModel.parse({ manifest });
    await expect(client.call(routes.publishModel, { body })).rejects.toMatchObject({ code: 'PUBLISHER_UNKNOWN' });
  });

  it('whose bytes are not those of its digest is refused with DIGEST_MISMATCH', async () => {
    const digest = digestOf(nodeCrypto, Uint8Array.of(1));
    const headers = { 'content-type': 'application/octet-stream' };
    await expect(
      client.send(routes.putBlob, { path: { digest }, body: Uint8Array.of(2), headers }),
    ).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('that is cut off is refused before it is published, with the code of its format', async () => {
    const component = new Uint8Array(await readModel('mlp'));
    const onnx = centroidModel(running.digits.train);
    for (const [format, whole, code] of [
      ['component', component, 'COMPONENT_MALFORMED'],
      ['onnx', onnx, 'ONNX_MALFORMED'],
    ] as const) {
      const artifact = whole.slice(0, whole.byteLength / 2);
      await expect(describeModel({ format, artifact })).rejects.toMatchObject({ code });
    }
  });

  it('that is cut off and published all the same fails on the node with ONNX_MALFORMED; what ran goes on', async () => {
    const publishing = { client, key: running.fleet.publisherKey };
    await deployEverywhere(client, await publishCentroids(publishing, running.digits.train));
    const whole = centroidModel(running.digits.train);
    const described = await describeModel({ format: 'onnx', artifact: whole });
    const content = { name, format: 'onnx', artifact: whole.slice(0, whole.byteLength / 2) } as const;
    const cut = await publishModel(client, content, described, running.fleet.publisherKey, new Date());
    await expect(deployEverywhere(client, cut)).rejects.toMatchObject({ code: 'ONNX_MALFORMED' });
    expect((await sedge('infer', CENTROIDS, '--input', JSON.stringify([Array(64).fill(0)]))).status).toBe(0);
  });
});

describe('a plan', () => {
  const plan = ['runs', 'start', '--model', 'nobody@1', '--dataset', 'digits', '--rounds', '1'];

  it('with an unknown field is refused with UNKNOWN_FIELD and the nearest name', async () => {
    const local = { epochs: 1, batchSize: 1, learningRate: 0.1 };
    const privacy = { clipNorm: 1, noiseMultipler: 1, delta: 1e-3, epsilonMax: 6 };
    const body = { plan: { model: { name: 'nobody', version: 1 }, dataset: 'digits', rounds: 1, local, privacy } };
    const error = await client.call(routes.createRun, { body: body as never }).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'UNKNOWN_FIELD' });
    expect(String(error)).toContain('noiseMultiplier');
  });

  it('for an unknown model is refused with MODEL_NOT_FOUND on the command line, with exit status 1', async () => {
    const { status, stderr } = await sedge(...plan);
    expect(stderr).toMatch(/^MODEL_NOT_FOUND: /);
    expect(status).toBe(1);
  });
});

describe('an unknown name', () => {
  it.each([
    [['nodes', 'show', 'nobody'], 'NODE_NOT_FOUND'],
    [['models', 'show', 'nobody'], 'MODEL_NOT_FOUND'],
    [['runs', 'show', 'run-nobody'], 'RUN_NOT_FOUND'],
    [['deployments', 'remove', 'nothing'], 'DEPLOYMENT_NOT_FOUND'],
  ])('%j is told with %s', async (args, code) => {
    const { status, stderr } = await sedge(...args, '--json');
    expect(JSON.parse(stderr)).toMatchObject({ error: { code } });
    expect(status).toBe(1);
  });
});

describe('the coordinator', () => {
  const serve = (settings: Record<string, string>) =>
    runProgram(SEDGE, ['serve'], {
      env: {
        SEDGE_STATE_DIR: join(running.fleet.folder, 'other'),
        SEDGE_HTTP_PORT: '0',
        SEDGE_MQTT_PORT: '0',
        ...settings,
      },
    });

  it.each(['SEDGE_HTTP_PORT', 'SEDGE_MQTT_PORT'])('says PORT_IN_USE when the port of %s is taken', async (variable) => {
    const taken = await takenPort();
    const { status, stderr } = await serve({ [variable]: String(taken.port) });
    taken.server.close();
    expect(stderr).toContain('PORT_IN_USE');
    expect(stderr).toContain(String(taken.port));
    expect(status).toBe(1);
  });

  it.each([
    [{ SEDGE_HTTP_PORT: 'eighty' }, ['SEDGE_HTTP_PORT', '"eighty"']],
    [{ SEDGE_HTTP_PROT: '80' }, ['SEDGE_HTTP_PROT', 'did you mean SEDGE_HTTP_PORT?']],
    [{ SEDGE_HTTP_HOST: '0.0.0.0' }, ['SEDGE_ALLOW_PLAINTEXT']],
  ])('says CONFIG_INVALID for %j and names the variable', async (settings, words) => {
    const { status, stderr } = await serve(settings);
    expect(stderr).toContain('CONFIG_INVALID');
    for (const word of words) expect(stderr).toContain(word);
    expect(status).toBe(1);
  });

  it('says STATE_LOCKED when another one runs on the same state', async () => {
    const folder = join(running.fleet.folder, 'coordinator', 'state');
    const { status, stderr } = await serve({ SEDGE_STATE_DIR: folder });
    expect(stderr).toContain('STATE_LOCKED');
    expect(status).toBe(1);
    expect((await client.call(routes.info)).version).toMatch(/^\d/);
  });
});

async function takenPort(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as { readonly port: number }).port };
}
