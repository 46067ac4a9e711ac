import { addressOf, type Crypto, keyIdOf, MANIFEST, sealEnvelope } from '@sedge/protocol';
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
import { Ledger } from './ledger/ledger.ts';
import { Models } from './models/models.ts';
import { Rollouts } from './rollouts/rollouts.ts';
import { BusTwinSender } from './rollouts/twin-sender.ts';
import type { Addresses, Rooms } from './rooms.ts';
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
  const keyId = keyIdOf(crypto, key.publicKey);
  const events = new EventHub({ project, clock, randomness, log });
  const { emit } = events;
  const ledger = new Ledger({ store: store.ledger, key, crypto, clock, emit });
  const { append } = ledger;
  const apiTokens = new ApiTokens({ store: store.access, crypto, randomness, clock, append });
  const publishers = new Publishers({ store: store.access, crypto, clock, append });
  const fleet = new Fleet({
    store: store.fleet,
    crypto,
    clock,
    log,
    emit,
    append,
    patienceMs: settings.heartbeatPatienceMs,
  });
  const models = new Models({
    store: store.models,
    content: store.blobs,
    crypto,
    clock,
    publishers: publishers.trusted,
    emit,
    append,
    sign: (manifest) => sealEnvelope(crypto, MANIFEST, manifest, key),
    countReady: fleet.countReady,
  });
  const enrolmentTokens = new EnrolmentTokens({
    store: store.access,
    crypto,
    randomness,
    clock,
    coordinator: keyId,
    publicUrl: addresses.httpUrl,
  });
  return {
    identity: { project, key, keyId },
    addresses,
    authenticate: authenticator({
      crypto,
      clock,
      coordinator: keyId,
      keyOf: fleet.keyOf,
      authenticatePerson: (bearer) => apiTokens.authenticate(bearer),
    }),
    apiTokens,
    enrolmentTokens,
    enrolments: new Enrolments({
      store: store.access,
      fleet,
      checkToken: (secret) => enrolmentTokens.check(secret),
      publishers: () => publishers.toPin(),
      project,
      key,
      mqttUrl: addresses.mqttUrl,
      crypto,
      randomness,
      clock,
      append,
    }),
    publishers,
    fleet,
    models,
    rollouts: buildRollouts(options, { fleet, models, emit, append }),
    datasets: new Datasets({ store: store.datasets, content: store.blobs, clock, append }),
    ledger,
    events,
    blobs: store.blobs,
  };
}

function buildRollouts(
  { settings, state, bus, crypto, clock, randomness, log }: RoomsOptions,
  { fleet, models, emit, append }: Pick<Rooms, 'fleet' | 'models'> & Pick<EventHub, 'emit'> & Pick<Ledger, 'append'>,
): Rollouts {
  return new Rollouts({
    store: state.store.rollouts,
    fleet,
    checkModel: (model) => void models.resolve(model.name, model.version),
    twins: new BusTwinSender({
      bus,
      crypto,
      addressOf: (node) => addressOf(crypto, settings.project, node),
      key: state.key,
      signedModelOf: (model) => models.resolve(model.name, model.version).signed,
    }),
    clock,
    randomness,
    log,
    emit,
    append,
  });
}
