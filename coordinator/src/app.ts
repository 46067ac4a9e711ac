import type { KeyId } from '@sedge/protocol';
import { type Clock, Lifecycle, type Log, type ProcessTable, type Randomness } from '@sedge/kit';
import { buildHouse, type House } from './build-house.ts';
import type { CoordinatorSettings } from './config.ts';
import { openState, type State } from './state.ts';
import { Wires } from './wires.ts';

export interface CoordinatorPorts {
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly log: Log;
  readonly processes: ProcessTable;
  /** What `~` stands for. */
  readonly homeFolder: string;
  /** Makes an admin token also where there are tokens already, for whoever has lost them all. */
  readonly isAdminTokenWanted?: boolean;
}

/** Where a coordinator that has started is to be found. */
export interface StartedCoordinator {
  readonly httpUrl: string;
  readonly mqttUrl: string;
  readonly keyId: KeyId;
  /** Only at the very first start, or when one was wanted. */
  readonly adminToken?: string;
}

export interface Coordinator {
  /** Throws STATE_LOCKED, STATE_UNREADABLE and PORT_IN_USE; then nothing is left running. Fine twice. */
  start(): Promise<StartedCoordinator>;
  /** Fine twice, and during the start. */
  stop(): Promise<void>;
}

export function createCoordinator(settings: CoordinatorSettings, ports: CoordinatorPorts): Coordinator {
  return new RunningCoordinator(settings, ports);
}

class RunningCoordinator implements Coordinator {
  readonly #settings: CoordinatorSettings;
  readonly #ports: CoordinatorPorts;
  #starting: Promise<StartedCoordinator> | undefined;
  #lifecycle: Lifecycle | undefined;
  #isReady = false;

  constructor(settings: CoordinatorSettings, ports: CoordinatorPorts) {
    this.#settings = settings;
    this.#ports = ports;
  }

  start(): Promise<StartedCoordinator> {
    this.#starting ??= this.#startAll();
    return this.#starting;
  }

  async stop(): Promise<void> {
    // Who called start() hears of its failure.
    await this.#starting?.catch(() => undefined);
    this.#isReady = false;
    await this.#lifecycle?.stop();
  }

  async #startAll(): Promise<StartedCoordinator> {
    const { clock, randomness, log, processes, homeFolder, isAdminTokenWanted } = this.#ports;
    const settings = this.#settings;
    const folder = settings.stateDir.replace(/^~(?=\/|$)/, homeFolder);
    const state = await openState({ folder, processes, randomness });
    const house = buildHouse({ settings, state, clock, randomness, log, isReady: () => this.#isReady });
    this.#lifecycle = lifecycleOf(house, state, this.#ports);
    await this.#lifecycle.start();
    // Made only now that it will be shown: a start that failed would take it along.
    const { apiTokens } = house.rooms;
    const adminToken = (await apiTokens.createFirst()) ?? (isAdminTokenWanted && (await apiTokens.createRecovery()));
    this.#isReady = true;
    const { addresses, identity } = house.rooms;
    return {
      httpUrl: addresses.httpUrl(),
      mqttUrl: addresses.mqttUrl(),
      keyId: identity.keyId,
      ...(adminToken ? { adminToken } : {}),
    };
  }
}

/**
 * Started from the state outwards, so that each door opens on rooms that stand; stopped in reverse. Event streams and
 * waiting inferences are ended before the HTTP door, which waits for its answers.
 */
function lifecycleOf(house: House, state: State, ports: CoordinatorPorts): Lifecycle {
  const { rooms, metrics, broker, dispatch, gateway, federation, http } = house;
  const { ledger, apiTokens, publishers, enrolments, fleet, commands, models, datasets, rollouts, events } = rooms;
  const wires = new Wires(house, ports);
  return new Lifecycle(ports)
    .add({ name: 'state', stop: () => state.close() })
    .add({ name: 'ledger', stop: () => ledger.stop() })
    .add({ name: 'tokens', start: () => apiTokens.start() })
    .add({ name: 'publishers', start: () => publishers.start() })
    .add({ name: 'fleet', start: () => fleet.start(), stop: () => fleet.stop() })
    .add({ name: 'models', start: () => models.start(), stop: () => models.stop() })
    .add({ name: 'data sets', start: () => datasets.start(), stop: () => datasets.stop() })
    .add({ name: 'rollouts', start: () => rollouts.start(), stop: () => rollouts.stop() })
    .add({ name: 'enrolments', stop: () => enrolments.stop() })
    .add({ name: 'metrics', start: () => metrics.start(), stop: () => metrics.stop() })
    .add({ name: 'wires', start: () => wires.start(), stop: () => wires.stop() })
    .add({ name: 'broker', start: () => broker.start(), stop: () => broker.stop() })
    .add({ name: 'dispatch', start: () => dispatch.start(), stop: () => dispatch.stop() })
    .add({ name: 'federation', start: () => federation.start(), stop: () => federation.stop() })
    .add({ name: 'http', start: () => http.start(), stop: () => http.stop() })
    .add({ name: 'inference', stop: () => gateway.stop() })
    .add({ name: 'commands', stop: () => commands.stop() })
    .add({ name: 'event streams', stop: () => events.stop() });
}
