import { networkInterfaces } from 'node:os';
import { addressOf, type NodeId, SedgeError, toBase64 } from '@sedge/protocol';
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
  readonly addressOf: (node: NodeId) => ReturnType<typeof addressOf>;
}

/** Makes everything and connects it. Nothing is started. */
export function buildHouse(options: HouseOptions): House {
  const { settings, state, clock, randomness, log } = options;
  const { project } = settings;
  const crypto = nodeCrypto;
  const nodeAddress = (node: NodeId): ReturnType<typeof addressOf> => addressOf(crypto, project, node);

  // Rooms and doors need each other: what a door offers is asked for only when something happens.
  const bus: Pick<Bus, 'publish'> = { publish: (...message) => broker.bus.publish(...message) };
  const addresses = addressesOf(settings, { http: () => http.port ?? 0, mqtt: () => broker.port ?? 0 });
  const rooms = buildRooms({ settings, state, bus, addresses, crypto, clock, randomness, log });
  const metrics = new Metrics({ nodes: () => rooms.fleet.counts(), version: coordinatorVersion() });
  const broker = new Broker({
    host: settings.mqttHost,
    port: settings.mqttPort,
    addressOf: nodeAddress,
    verify: (node, token) => verifyNode(rooms, node, token),
    observer: metrics.broker,
    log,
  });
  const { fleet, models } = rooms;
  const gateway = new Gateway({
    models,
    fleet,
    bus,
    project,
    crypto,
    randomness,
    clock,
    observer: metrics.inference,
    log,
  });
  const federation = new FederationRoom({
    rooms,
    store: state.store,
    bus,
    addressOf: nodeAddress,
    crypto,
    clock,
    log,
    randomness,
  });
  const { rounds } = federation;
  const blobs = new BlobSender({ blobs: rooms.blobs, bus, crypto });
  const handlers = upHandlers({ fleet, gateway, rounds, blobs, log });
  const dispatch = new Dispatch({ bus: broker.bus, project, crypto, handlers, observer: metrics.broker, log });
  const httpRooms: HttpRooms = {
    ...rooms,
    gateway,
    runs: rounds,
    info: () => infoOf(rooms, clock),
    disconnect: (node) => broker.disconnect(node),
    isReady: options.isReady,
  };
  const http = new HttpServer({
    app: httpApp({
      rooms: httpRooms,
      metrics,
      clock,
      randomness,
      log,
      isMetricsOpen: settings.metricsOpen,
      answered: metrics.answered,
    }),
    host: settings.httpHost,
    port: settings.httpPort,
    acceptMqtt: (connection) => broker.accept(connection),
    clock,
    log,
  });
  return { rooms, metrics, broker, dispatch, gateway, federation, http, addressOf: nodeAddress };
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
