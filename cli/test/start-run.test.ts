import { nodeCrypto, seededRandomness } from '@sedge/kit';
import {
  DELEGATION,
  digestOf,
  envelope,
  keyIdOf,
  openEnvelope,
  toBase64,
  trustedPublishers,
  type RunPlanInput,
} from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { Client } from '../src/client.ts';
import { startRun } from '../src/start-run.ts';
import { fakeDoor, jsonReply, type Asked } from './fake-door.ts';

const publisher = nodeCrypto.generateKeyPair();
const coordinator = nodeCrypto.generateKeyPair();
const artifact = digestOf(nodeCrypto, Uint8Array.of(1));
const plan: RunPlanInput = {
  model: { name: 'digits', version: 3 },
  dataset: 'pixels',
  rounds: 2,
  local: { epochs: 1, batchSize: 8, learningRate: 0.1 },
};
const now = '2026-01-01T00:00:00.000Z';

function runReply({ body }: Asked): Response {
  const { id } = JSON.parse(body) as { id: string };
  const shown = { ...plan, cohort: { sampling: 'all' } };
  return jsonReply(
    { id, state: 'created', plan: shown, population: 1, round: 0, weights: artifact, createdAt: now },
    201,
  );
}

const replies = {
  'GET /api/v1/info': jsonReply({
    version: '0.1.0',
    project: 'default',
    keyId: keyIdOf(nodeCrypto, coordinator.publicKey),
    publicKey: toBase64(coordinator.publicKey),
    mqttUrl: 'mqtt://127.0.0.1:1883',
    time: 0,
    uptimeS: 1,
  }),
  'GET /api/v1/models/digits/versions/3': jsonReply({
    name: 'digits',
    version: 3,
    format: 'component',
    artifact: { digest: artifact, sizeBytes: 1 },
    functions: [],
    signer: keyIdOf(nodeCrypto, publisher.publicKey),
    delegated: false,
    publishedAt: now,
    readyNodes: 0,
  }),
  'POST /api/v1/runs': runReply,
};

async function started(planned: RunPlanInput) {
  const door = fakeDoor(replies);
  const client = new Client({ url: 'http://door.test', fetch: door.fetch });
  let keysAsked = 0;
  const publisherKey = () => {
    keysAsked += 1;
    return Promise.resolve(publisher);
  };
  const context = { client, randomness: seededRandomness('run'), nowMs: Date.parse(now), publisherKey };
  const run = await startRun(context, planned);
  return { run, keysAsked, sent: JSON.parse(door.asked.at(-1)?.body ?? '') as Record<string, unknown> };
}

describe('startRun', () => {
  it('sends an id of its own, so that sending it again starts no second run', async () => {
    const { run, sent, keysAsked } = await started(plan);
    expect(sent['id']).toMatch(/^run-[0-9a-z]{20}$/);
    expect(run.id).toBe(sent['id']);
    expect(sent['delegation']).toBeUndefined();
    expect(keysAsked).toBe(0);
  });

  it('lets the coordinator sign for this run, model and artifact alone when the plan publishes', async () => {
    const { sent } = await started({ ...plan, publishAs: 'digits-trained' });
    const trusted = trustedPublishers(nodeCrypto, [{ name: 'me', publicKey: toBase64(publisher.publicKey) }]);
    const { payload } = openEnvelope(nodeCrypto, DELEGATION, envelope.parse(sent['delegation']), trusted);
    expect(payload).toEqual({
      schema: 'sedge.delegation/v1',
      delegate: { keyId: keyIdOf(nodeCrypto, coordinator.publicKey), publicKey: toBase64(coordinator.publicKey) },
      run: sent['id'],
      model: 'digits-trained',
      artifact,
      notAfter: '2026-01-08T00:00:00.000Z',
    });
  });
});
