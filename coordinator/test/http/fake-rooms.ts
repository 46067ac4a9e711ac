import {
  type Digest,
  digestOf,
  float32Tensor,
  float32Values,
  type KeyId,
  type ModelManifest,
  type ModelRef,
  modelKey,
  type NodeId,
  type ProjectId,
  ROLES,
  type Role,
  type RunPlan,
  SedgeError,
  type TokenId,
} from '@sedge/protocol';
import type { ModelVersionView, ModelView, NodeView, RoundView, RunView } from '@sedge/protocol/routes';
import { nodeCrypto, seededRandomness, silentLog, systemClock } from '@sedge/kit';
import { Readable } from 'node:stream';
import type { Hono } from 'hono';
import { EventHub } from '../../src/events/event-hub.ts';
import { httpApp, type HttpAppOptions } from '../../src/http/http-app.ts';
import type { HttpRooms } from '../../src/http/rooms.ts';
import type { InferenceRequest } from '../../src/inference/gateway.ts';
import { Metrics } from '../../src/metrics/metrics.ts';

const AT = '2026-01-01T00:00:00.000Z';
export const NODE_TOKEN = 'node.token.signed';
export const tokenOf = (role: Role): string => `sedge_${role}`;
export const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });
export const admin = bearer(tokenOf('admin'));
export const asJson = { 'content-type': 'application/json' };

const spec = {
  name: 'double',
  inputs: [{ name: 'x', dataType: 'FP32' as const, shape: [-1, 2] }],
  outputs: [{ name: 'y', dataType: 'FP32' as const, shape: [-1, 2] }],
};

export interface FakeRooms {
  readonly rooms: HttpRooms;
  readonly events: EventHub;
  readonly asked: InferenceRequest[];
  readonly created: { readonly plan: RunPlan }[];
  readonly removed: string[];
  readonly released: string[];
  /** Runs and their rounds, newest first. */
  readonly runs: { run: RunView; rounds: RoundView[] }[];
  readonly contents: Map<Digest, Uint8Array>;
  /** What inference does; doubles its input unless set. */
  infer: (request: InferenceRequest) => Promise<Awaited<ReturnType<HttpRooms['gateway']['infer']>>>;
  isReady: boolean;
}

/** Rooms with one node, one model, one run and content in memory: small, but behaving as the ports say. */
export function fakeRooms(subscribersMax = 10): FakeRooms {
  const events = new EventHub({
    project: 'default' as ProjectId,
    clock: systemClock,
    randomness: seededRandomness('events'),
    log: silentLog,
    subscribersMax,
  });
  const asked: InferenceRequest[] = [];
  const created: { plan: RunPlan }[] = [];
  const removed: string[] = [];
  const released: string[] = [];
  const runs: FakeRooms['runs'] = [];
  const contents = new Map<Digest, Uint8Array>();
  const fake: FakeRooms = {
    events,
    asked,
    created,
    removed,
    released,
    runs,
    contents,
    isReady: true,
    infer: (request) =>
      Promise.resolve({
        model: { name: request.model, version: 2 },
        outputs: request.inputs.map((x) =>
          float32Tensor(
            'y',
            x.shape,
            float32Values({ ...x }).map((value) => 2 * value),
          ),
        ),
        node: 'node-a' as NodeId,
        engine: 'fake',
        queueMs: 0,
        computeMs: 1,
      }),
    get rooms() {
      return rooms;
    },
  };

  const rooms: HttpRooms = {
    authenticate: (token) => {
      if (token === NODE_TOKEN) return { kind: 'node', node: 'node-a' as NodeId };
      const role = ROLES.find((candidate) => token === tokenOf(candidate));
      if (role === undefined) throw new SedgeError('UNAUTHENTICATED', 'nobody has this token');
      return { kind: 'person', token: 'tok-1' as TokenId, name: role, roles: [role] };
    },
    apiTokens: {
      create: ({ name, roles }) =>
        Promise.resolve({
          token: 'sedge_new',
          info: { id: 'tok-2' as TokenId, name, roles: [...roles], createdAt: AT },
        }),
      list: () => ['tok-1', 'tok-2', 'tok-3'].map((id) => ({ id: id as TokenId, name: id, roles: [], createdAt: AT })),
      revoke: () => Promise.resolve(),
    },
    enrolmentTokens: { create: () => Promise.resolve([]), list: () => Promise.resolve([]) },
    enrolments: { enrol: () => Promise.reject(new SedgeError('TOKEN_UNKNOWN', 'no such secret')) },
    publishers: {
      add: ({ name, publicKey }) => Promise.resolve({ name, publicKey, keyId: 'a'.repeat(64) as KeyId, addedAt: AT }),
      list: () => [],
    },
    fleet: {
      list: ({ limit, after = '' }) => nodes.filter(({ id }) => id > after).slice(0, limit),
      get: (id) => nodeNamed(id),
      update: (id, { name }) => Promise.resolve({ ...nodeNamed(id), ...(name === undefined ? {} : { name }) }),
      remove: (id) => {
        removed.push(id);
        return Promise.resolve(nodeNamed(id).id);
      },
      countReady: () => (fake.isReady ? 1 : 0),
      readyVersions: () => [2],
    },
    releaseModel: (id, model) => {
      released.push(`${id} ${modelKey(model)}`);
      return Promise.resolve({ node: nodeNamed(id).id, model });
    },
    models: {
      publish: () => Promise.reject(new SedgeError('SIGNATURE_MISSING', 'not signed')),
      list: () => [modelView],
      get: (name) => (resolve(name), modelView),
      getVersion: (ref) => (resolve(ref.name, ref.version), versionView(ref.version)),
      resolve,
      delete: () => Promise.resolve(),
    },
    rollouts: {
      create: ({ model, selector }) => Promise.resolve({ ...deployment, model, selector }),
      list: () => [deployment],
      get: () => deployment,
      delete: () => Promise.resolve(),
    },
    datasets: { add: () => Promise.reject(new SedgeError('BLOB_NOT_FOUND', 'no content')), list: () => [] },
    ledger: { list: () => Promise.resolve([]) },
    events,
    blobs: {
      put: async (digest, pieces) => {
        const parts: Uint8Array[] = [];
        for await (const piece of pieces) parts.push(piece);
        const bytes = new Uint8Array(Buffer.concat(parts));
        if (digestOf(nodeCrypto, bytes) !== digest) throw new SedgeError('DIGEST_MISMATCH', 'altered');
        contents.set(digest, bytes);
        return { digest, sizeBytes: bytes.byteLength };
      },
      sizeOf: (digest) => Promise.resolve(contents.get(digest)?.byteLength),
      stream: (digest, range) => {
        const bytes = contents.get(digest) ?? new Uint8Array();
        const part = range === undefined ? bytes : bytes.subarray(range.start, range.end + 1);
        return Promise.resolve(Readable.from([Buffer.from(part)]));
      },
    },
    gateway: {
      infer: (request) => {
        asked.push(request);
        return fake.infer(request);
      },
      resolve: (name, version) => ({ ref: resolve(name, version).ref, spec }),
    },
    runs: {
      plan: (plan) => ({ plan, population: 3, parameters: 10, problems: [] }),
      create: (request) => {
        created.push(request);
        return Promise.resolve(runView(request.plan));
      },
      list: () => runs.map(({ run }) => run),
      get: (id) => {
        throw new SedgeError('RUN_NOT_FOUND', `there is no run ${id}`, { expose: true });
      },
      rounds: (id) => runs.find(({ run }) => run.id === id)?.rounds ?? [],
      endRun: (id) => Promise.reject(new SedgeError('RUN_NOT_FOUND', `there is no run ${id}`)),
    },
    info: () => ({
      version: '0.1.0',
      project: 'default' as ProjectId,
      keyId: 'b'.repeat(64) as KeyId,
      publicKey: '',
      mqttUrl: 'mqtt://127.0.0.1:1883',
      time: 0,
      uptimeS: 1,
    }),
    disconnect: (node) => void removed.push(`disconnect ${node}`),
    isReady: () => fake.isReady,
  };
  return fake;
}

export interface Door extends FakeRooms {
  readonly app: Hono;
  readonly metrics: Metrics;
}

export interface DoorOptions extends Partial<Pick<HttpAppOptions, 'isMetricsOpen' | 'clock' | 'log'>> {
  readonly subscribersMax?: number;
}

export function openDoor({ subscribersMax, ...options }: DoorOptions = {}): Door {
  const fake = fakeRooms(subscribersMax);
  const metrics = new Metrics({
    nodes: () => ({ online: 2, offline: 1 }),
    quarantined: () => ({ roof: 2 }),
    version: '0.1.0',
  });
  const app = httpApp({
    rooms: fake.rooms,
    metrics,
    clock: systemClock,
    randomness: seededRandomness('http'),
    log: silentLog,
    answered: metrics.answered,
    ...options,
  });
  return Object.assign(fake, { app, metrics });
}

function resolve(name: string, version = 2): ReturnType<HttpRooms['models']['resolve']> {
  if (name !== 'digits' || version > 2) throw new SedgeError('MODEL_NOT_FOUND', `there is no model ${name}`);
  const ref = { name, version } as ModelRef;
  const manifest = { format: 'onnx', functions: [spec] } as unknown as ModelManifest;
  const signed = { manifest: { payloadType: modelKey(ref), payload: '', signatures: [] } };
  return { ref, manifest, signed, signer: 'c'.repeat(64) as KeyId, publishedAtMs: 0 };
}

const node: NodeView = {
  id: 'node-a' as NodeId,
  name: 'kitchen',
  status: 'online',
  labels: {},
  keyId: 'd'.repeat(64) as KeyId,
  enrolledAt: AT,
  engines: [],
  datasets: [],
  models: [],
  twin: { desired: 0 },
};
const nodes = ['node-a', 'node-b', 'node-c'].map((id) => ({ ...node, id: id as NodeId }));

function nodeNamed(id: string): NodeView {
  const found = nodes.find((candidate) => candidate.id === id);
  if (found === undefined) throw new SedgeError('NODE_NOT_FOUND', `there is no node ${id}`, { expose: true });
  return found;
}

function versionView(version: number): ModelVersionView {
  return {
    name: 'digits' as ModelVersionView['name'],
    version,
    format: 'onnx',
    artifact: { digest: `sha256:${'e'.repeat(64)}` as Digest, sizeBytes: 1 },
    functions: [spec],
    signer: 'c'.repeat(64) as KeyId,
    delegated: false,
    publishedAt: AT,
    readyNodes: 1,
  };
}

const modelView: ModelView = {
  name: 'digits' as ModelView['name'],
  latest: 2,
  nextVersion: 3,
  versions: [versionView(1), versionView(2)],
};

const deployment = {
  id: 'dep-1' as never,
  model: { name: 'digits' as never, version: 2 },
  selector: 'all' as const,
  createdAt: AT,
  nodes: [],
};

function runView(plan: RunPlan): RunView {
  const weights = `sha256:${'f'.repeat(64)}` as Digest;
  return { id: 'run-1' as RunView['id'], state: 'created', plan, population: 3, round: 0, weights, createdAt: AT };
}
