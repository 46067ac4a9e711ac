import {
  addressOf,
  type Crypto,
  type EngineName,
  keyIdOf,
  MANIFEST,
  modelKey,
  type ModelRef,
  sealEnvelope,
  SedgeError,
} from '@sedge/protocol';
import type { Bus, Clock, Log, Randomness } from '@sedge/kit';
import { ApiTokens } from './access/api-tokens.ts';
import { authenticator } from './access/authenticator.ts';
import { EnrolmentTokens } from './access/enrolment-tokens.ts';
import { Enrolments } from './access/enrolments.ts';
import { Publishers } from './access/publishers.ts';
import type { CoordinatorSettings } from './config.ts';
import { Datasets } from './datasets/datasets.ts';
import { EventHub } from './events/event-hub.ts';
import { Fleet } from './fleet/fleet.ts';
import { NodeCommands } from './fleet/node-commands.ts';
import { modelRelease } from './fleet/release-model.ts';
import { Ledger } from './ledger/ledger.ts';
import { canRun } from './models/engine-formats.ts';
import { modelInspector } from './models/model-inspector.ts';
import { Models } from './models/models.ts';
import { Rollouts } from './rollouts/rollouts.ts';
import { BusTwinSender } from './rollouts/twin-sender.ts';
import type { Addresses, Identity, Rooms } from './rooms.ts';
import type { State } from './state.ts';

export interface RoomsOptions {
  readonly settings: Pick<CoordinatorSettings, 'project' | 'heartbeatPatienceMs'>;
  readonly state: Pick<State, 'store' | 'key'>;
  readonly bus: Pick<Bus, 'publish'>;
  readonly addresses: Addresses;
  readonly crypto: Crypto;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly log: Log;
}

/** Makes every room and tells each of the others what it needs of them. Nothing is started. */
export function buildRooms(options: RoomsOptions): Rooms {
  const { settings, state, addresses, crypto, clock, randomness, log } = options;
  const { store, key } = state;
  const { project } = settings;
  const identity = { project, key, keyId: keyIdOf(crypto, key.publicKey) };
  const events = new EventHub({ project, clock, randomness, log });
  const ledger = new Ledger({ store: store.ledger, key, crypto, clock, emit: events.emit });
  const ports = { crypto, clock, randomness, log, emit: events.emit, append: ledger.append };
  const fleet = new Fleet({ ...ports, store: store.fleet, patienceMs: settings.heartbeatPatienceMs });
  const access = buildAccess(options, ports, identity, fleet);
  const models = new Models({
    ...ports,
    store: store.models,
    content: store.blobs,
    publishers: access.publishers.trusted,
    sign: (manifest) => sealEnvelope(crypto, MANIFEST, manifest, key),
    inspect: modelInspector({ clock, log, blobs: store.blobs }),
    countReady: fleet.countReady,
  });
  const commands = new NodeCommands({ ...options, key, addressOf: (node) => addressOf(crypto, project, node) });
  return {
    ...access,
    identity,
    addresses,
    fleet,
    commands,
    releaseModel: modelRelease({ fleet, append: ledger.append, ask: (node, order) => commands.ask(node, order) }),
    models,
    rollouts: buildRollouts(options, ports, { fleet, models }),
    datasets: new Datasets({ ...ports, store: store.datasets, content: store.blobs }),
    ledger,
    events,
    blobs: store.blobs,
  };
}

/** What nearly every room needs. */
type Ports = Pick<RoomsOptions, 'crypto' | 'clock' | 'randomness' | 'log'> &
  Pick<EventHub, 'emit'> &
  Pick<Ledger, 'append'>;

type Access = Pick<Rooms, 'authenticate' | 'apiTokens' | 'enrolmentTokens' | 'enrolments' | 'publishers'>;

function buildAccess({ state, addresses }: RoomsOptions, ports: Ports, identity: Identity, fleet: Fleet): Access {
  const { project, key, keyId } = identity;
  const store = state.store.access;
  const apiTokens = new ApiTokens({ ...ports, store });
  const publishers = new Publishers({ ...ports, store });
  const enrolmentTokens = new EnrolmentTokens({ ...ports, store, coordinator: keyId, publicUrl: addresses.httpUrl });
  const enrolments = new Enrolments({
    ...ports,
    store,
    fleet,
    checkToken: (secret) => enrolmentTokens.check(secret),
    publishers: () => publishers.toPin(),
    project,
    key,
    mqttUrl: addresses.mqttUrl,
  });
  const authenticate = authenticator({
    ...ports,
    coordinator: keyId,
    keyOf: fleet.keyOf,
    authenticatePerson: (bearer) => apiTokens.authenticate(bearer),
  });
  return { authenticate, apiTokens, enrolmentTokens, enrolments, publishers };
}

function buildRollouts(
  { settings, state, bus }: RoomsOptions,
  ports: Ports,
  { fleet, models }: Pick<Rooms, 'fleet' | 'models'>,
): Rollouts {
  const twins = new BusTwinSender({
    bus,
    crypto: ports.crypto,
    addressOf: (node) => addressOf(ports.crypto, settings.project, node),
    key: state.key,
    signedModelOf: ({ name, version }) => models.resolve(name, version).signed,
  });
  const checkModel = (model: ModelRef, engine?: EngineName): void => {
    const { format } = models.resolve(model.name, model.version).manifest;
    if (engine === undefined || canRun(engine, format)) return;
    throw new SedgeError('INVALID_FIELD', `${engine} does not run ${modelKey(model)}, a model of format ${format}`, {
      expose: true,
    });
  };
  return new Rollouts({ ...ports, store: state.store.rollouts, fleet, checkModel, twins });
}
