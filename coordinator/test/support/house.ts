import { pid } from 'node:process';
import {
  addressOf,
  type Envelope,
  enrolmentProof,
  decodeEnrolmentToken,
  type KeyPair,
  MANIFEST,
  type ModelManifest,
  type NodeId,
  openEnvelope,
  ENROLMENT,
  sealEnvelope,
  type SignedModel,
  toBase64,
} from '@sedge/protocol';
import { nodeCrypto, seededRandomness, systemProcesses } from '@sedge/kit';
import { collectingLog, type CollectingLog, type FakeClock, fakeClock } from '@sedge/kit/testing';
import { buildRooms } from '../../src/build-rooms.ts';
import { loadCoordinatorConfig } from '../../src/config.ts';
import type { Rooms } from '../../src/rooms.ts';
import { openState, type State } from '../../src/state.ts';

export interface Published {
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** All rooms on a real state folder; only the doors are missing. */
export interface House extends AsyncDisposable {
  readonly rooms: Rooms;
  readonly state: State;
  readonly clock: FakeClock;
  readonly log: CollectingLog;
  /** What was said to nodes. */
  readonly published: Published[];
  readonly adminToken: string | undefined;
  stop(): Promise<void>;
}

export async function openHouse(folder: string, { clock = fakeClock(), seed = 'house' } = {}): Promise<House> {
  const log = collectingLog();
  const randomness = seededRandomness(seed);
  const published: Published[] = [];
  const state = await openState({ folder, processes: systemProcesses(pid), randomness });
  const rooms = buildRooms({
    settings: loadCoordinatorConfig({ env: {} }),
    state,
    bus: {
      publish: (topic, payload) => {
        published.push({ topic, payload: typeof payload === 'string' ? Buffer.from(payload) : payload });
        return Promise.resolve();
      },
    },
    addresses: { httpUrl: () => 'http://127.0.0.1:8080', mqttUrl: () => 'mqtt://127.0.0.1:1883' },
    crypto: nodeCrypto,
    clock,
    randomness,
    log,
  });
  const { apiTokens, publishers, fleet, models, datasets, rollouts, enrolments, ledger } = rooms;
  for (const room of [apiTokens, publishers, fleet, models, datasets, rollouts]) await room.start();
  const adminToken = await apiTokens.createFirst();
  fleet.onBirthHeard(rollouts.sendTo);
  fleet.onSelectionChanged(rollouts.reconcileSoon);
  let isOpen = true;
  const stop = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    for (const room of [enrolments, rollouts, datasets, models, fleet, ledger]) await room.stop();
    await state.close();
  };
  return { rooms, state, clock, log, published, adminToken, stop, [Symbol.asyncDispose]: stop };
}

export interface EnrolledNode {
  readonly id: NodeId;
  readonly key: KeyPair;
}

/** The whole way of a new node: a token, a key, a proof, a signed answer. */
export async function enrolNode(
  { enrolmentTokens, enrolments, identity }: Rooms,
  name?: string,
): Promise<EnrolledNode> {
  const [made] = await enrolmentTokens.create(1);
  const key = nodeCrypto.generateKeyPair();
  const answer = await enrolments.enrol(enrolmentRequestOf(made?.token ?? '', key, name));
  const { payload } = openEnvelope(nodeCrypto, ENROLMENT, answer, (id) =>
    id === identity.keyId ? identity.key.publicKey : undefined,
  );
  return { id: payload.node, key };
}

export function enrolmentRequestOf(token: string, key: KeyPair, name?: string) {
  const { secret } = decodeEnrolmentToken(token);
  const publicKey = toBase64(key.publicKey);
  const proof = toBase64(nodeCrypto.sign(enrolmentProof(secret, publicKey), key.secretSeed));
  return { secret, publicKey, proof, ...(name === undefined ? {} : { name }) };
}

/** The preamble of a component and some content: what publishing looks at. */
export const COMPONENT_BYTES = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, 1, 2, 3);

/** Uploads a small artifact and signs a manifest for it. */
export async function signedModel(
  { blobs }: Pick<Rooms, 'blobs'>,
  key: KeyPair,
  change: Partial<ModelManifest> = {},
): Promise<SignedModel> {
  const artifact = await blobs.add([COMPONENT_BYTES]);
  return { manifest: sealManifest(key, { artifact, ...change }) };
}

export function sealManifest(key: KeyPair, change: Partial<ModelManifest>): Envelope {
  const manifest: ModelManifest = {
    schema: 'sedge.model/v1',
    name: 'digits' as ModelManifest['name'],
    version: 1,
    format: 'component',
    artifact: { digest: `sha256:${'0'.repeat(64)}` as ModelManifest['artifact']['digest'], sizeBytes: 0 },
    functions: [{ name: 'infer', inputs: [], outputs: [] }],
    createdAt: '2026-01-01T00:00:00.000Z',
    ...change,
  };
  return sealEnvelope(nodeCrypto, MANIFEST, manifest, key);
}

/** A publisher whom the house trusts from now on. */
export async function trustedPublisher({ publishers }: Pick<Rooms, 'publishers'>): Promise<KeyPair> {
  const key = nodeCrypto.generateKeyPair();
  await publishers.add({ name: 'lab', publicKey: toBase64(key.publicKey) });
  return key;
}

export function topicPrefixOf({ identity }: Pick<Rooms, 'identity'>, node: NodeId): string {
  const address = addressOf(nodeCrypto, identity.project, node);
  return `sedge/v1/${address.project}/${address.shard}/${node}`;
}
