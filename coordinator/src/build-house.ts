import { networkInterfaces } from 'node:os';
import { addressOf, type NodeAddress, type NodeId, SedgeError, toBase64 } from '@sedge/protocol';
import { type Bus, type Clock, type Log, nodeCrypto, type Randomness } from '@sedge/kit';
import { BlobSender } from './broker/blob-sender.ts';
import { Broker } from './broker/broker.ts';
import { Dispatch } from './broker/dispatch.ts';
import { buildRooms } from './build-rooms.ts';
import type { CoordinatorSettings } from './config.ts';
import { FederationRoom } from './federation-room.ts';
import { httpApp } from './http/http-app.ts';
import { HttpServer } from './http/http-server.ts';
import type { HttpRooms } from './http/rooms.ts';
import { Gateway } from './inference/gateway.ts';
import { Metrics } from './metrics/metrics.ts';
import { reachableHost, urlOf } from './public-address.ts';
import type { Addresses, Rooms } from './rooms.ts';
import type { State } from './state.ts';
import { upHandlers } from './up-handlers.ts';
import { coordinatorVersion } from './version.ts';

export interface HouseOptions {
  readonly settings: CoordinatorSettings;
  readonly state: State;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly log: Log;
  /** Everything is open and nothing is about to stop. */
  readonly isReady: () => boolean;
}

/** The rooms, and the doors before them. */
export interface House {
  readonly rooms: Rooms;
  readonly metrics: Metrics;
  readonly broker: Broker;
  readonly dispatch: Dispatch;
  readonly gateway: Gateway;
  readonly federation: FederationRoom;
  readonly http: HttpServer;
  readonly addressOf: (node: NodeId) => NodeAddress;
}

/** Makes everything and connects it. Nothing is started. */
export function buildHouse(options: HouseOptions): House {
  const { settings, state, clock, randomness, log } = options;
  const { project } = settings;
  const nodeAddress = (node: NodeId): NodeAddress => addressOf(nodeCrypto, project, node);

  // Rooms and doors need each other: what a door offers is asked for only when something happens.
  const bus: Pick<Bus, 'publish'> = { publish: (...message) => broker.bus.publish(...message) };
  const addresses = addressesOf(settings, { http: () => http.port ?? 0, mqtt: () => broker.port ?? 0 });
  const ports = { bus, crypto: nodeCrypto, clock, randomness, log };
  const rooms = buildRooms({ ...ports, settings, state, addresses });
  const { fleet, models } = rooms;
  const metrics = new Metrics({
    nodes: () => fleet.counts(),
    quarantined: () => fleet.quarantined(),
    version: coordinatorVersion(),
  });
  const broker = brokerOf(options, rooms, metrics, nodeAddress);
  const gateway = new Gateway({ ...ports, models, fleet, project, observer: metrics.inference });
  const federation = new FederationRoom({ ...ports, rooms, store: state.store, addressOf: nodeAddress });
  const blobs = new BlobSender({ ...ports, blobs: rooms.blobs });
  const dispatch = new Dispatch({
    bus: broker.bus,
    project,
    crypto: nodeCrypto,
    handlers: upHandlers({ fleet, commands: rooms.commands, gateway, rounds: federation.rounds, blobs, log }),
    observer: metrics.broker,
    log,
  });
  const http = httpServerOf(options, { rooms, gateway, federation, broker, metrics });
  return { rooms, metrics, broker, dispatch, gateway, federation, http, addressOf: nodeAddress };
}

function brokerOf(
  { settings, log }: HouseOptions,
  rooms: Rooms,
  metrics: Metrics,
  nodeAddress: (node: NodeId) => NodeAddress,
): Broker {
  return new Broker({
    host: settings.mqttHost,
    port: settings.mqttPort,
    addressOf: nodeAddress,
    verify: (node, token) => verifyNode(rooms, node, token),
    observer: metrics.broker,
    log,
  });
}

function httpServerOf(
  { settings, clock, randomness, log, isReady }: HouseOptions,
  { rooms, gateway, federation, broker, metrics }: Omit<House, 'dispatch' | 'http' | 'addressOf'>,
): HttpServer {
  const served: HttpRooms = {
    ...rooms,
    gateway,
    runs: federation.rounds,
    info: () => infoOf(rooms, clock),
    disconnect: (node) => broker.disconnect(node),
    isReady,
  };
  const isMetricsOpen = settings.metricsOpen;
  const app = httpApp({ rooms: served, metrics, clock, randomness, log, isMetricsOpen, answered: metrics.answered });
  const { httpHost: host, httpPort: port } = settings;
  return new HttpServer({ app, host, port, acceptMqtt: (connection) => broker.accept(connection), clock, log });
}

function addressesOf(
  { publicUrl, httpHost, mqttPublicUrl, mqttHost }: CoordinatorSettings,
  ports: { readonly http: () => number; readonly mqtt: () => number },
): Addresses {
  const reachable = (host: string): string => reachableHost(host, networkInterfaces());
  return {
    httpUrl: () => publicUrl ?? urlOf('http', reachable(httpHost), ports.http()),
    mqttUrl: () => mqttPublicUrl ?? urlOf('mqtt', reachable(mqttHost), ports.mqtt()),
  };
}

/** A person's token opens nothing at the broker, and a node's token opens only its own place. */
function verifyNode({ authenticate }: Pick<Rooms, 'authenticate'>, node: NodeId, token: string): void {
  const principal = authenticate(token);
  if (principal.kind === 'node' && principal.node === node) return;
  throw new SedgeError('UNAUTHENTICATED', `the token is not one of node ${node}`);
}

function infoOf({ identity, addresses }: Rooms, clock: Clock): ReturnType<HttpRooms['info']> {
  return {
    version: coordinatorVersion(),
    project: identity.project,
    keyId: identity.keyId,
    publicKey: toBase64(identity.key.publicKey),
    mqttUrl: addresses.mqttUrl(),
    time: clock.now(),
    uptimeS: clock.monotonicMs() / 1_000,
  };
}
