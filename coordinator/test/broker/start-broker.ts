import { addressOf, type NodeAddress, type NodeId, type ProjectId, SedgeError } from '@sedge/protocol';
import { Backoff, type Bus, mqttBus, nodeCrypto, seededRandomness, systemClock } from '@sedge/kit';
import { collectingLog, type CollectingLog } from '@sedge/kit/testing';
import { Broker, type BrokerBounds } from '../../src/broker/broker.ts';
import type { BrokerObserver } from '../../src/broker/observer.ts';

export const PROJECT = 'default' as ProjectId;
export const PASSWORD = 'right';

export function address(node: string): NodeAddress {
  return addressOf(nodeCrypto, PROJECT, node as NodeId);
}

export interface Counts extends BrokerObserver {
  readonly refusals: string[];
  readonly outcomes: string[];
  drops: number;
}

export function counting(): Counts {
  const counts: Counts = {
    refusals: [],
    outcomes: [],
    drops: 0,
    connected: () => undefined,
    refused: (what) => counts.refusals.push(what),
    dropped: () => (counts.drops += 1),
    message: (channel, outcome) => counts.outcomes.push(`${channel} ${outcome}`),
  };
  return counts;
}

export interface RunningBroker extends AsyncDisposable {
  readonly broker: Broker;
  readonly port: number;
  readonly counts: Counts;
  readonly log: CollectingLog;
  /** A connected bus of a node; it ends with the broker. */
  node(name: string): Promise<Bus>;
}

export async function startBroker(bounds: Partial<BrokerBounds> = {}): Promise<RunningBroker> {
  const counts = counting();
  const log = collectingLog();
  const broker = new Broker({
    host: '127.0.0.1',
    port: 0,
    addressOf: (node) => address(node),
    verify: (node, token) => {
      if (token !== PASSWORD) throw new SedgeError('UNAUTHENTICATED', `a wrong token of ${node}`);
    },
    observer: counts,
    log,
    bounds,
  });
  await broker.start();
  const port = broker.port ?? 0;
  const buses: Bus[] = [];
  return {
    broker,
    port,
    counts,
    log,
    async node(name) {
      const bus = nodeBus(`mqtt://127.0.0.1:${port}`, name);
      buses.push(bus);
      await bus.start();
      return bus;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(buses.map((bus) => bus.stop()));
      await broker.stop();
    },
  };
}

export function nodeBus(url: string, name: string, password: string = PASSWORD): Bus {
  return mqttBus({
    url,
    clientId: name,
    keepaliveS: 60,
    credentials: () => Promise.resolve({ username: name, password }),
    clock: systemClock,
    log: collectingLog(),
    backoff: new Backoff({ baseMs: 10, capMs: 50, randomness: seededRandomness('broker tests') }),
  });
}
