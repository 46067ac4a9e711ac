import type { SedgeError } from '@sedge/protocol';
import type { BusHandler } from './bus.ts';
import { filterLevels, matchesTopic } from './topics.ts';

export interface MqttSubscription {
  readonly filter: string;
  readonly levels: readonly string[];
  readonly qos: 0 | 1;
  readonly handler: BusHandler;
  /** Settles once: when the broker first grants or refuses it, or the bus is stopped before that. */
  readonly granted: Promise<void>;
  readonly grant: () => void;
  readonly refuse: (error: SedgeError) => void;
}

/** What the users of one bus want to hear; a broker forgets it with each connection. */
export class MqttSubscriptions {
  readonly #all = new Set<MqttSubscription>();

  list(): MqttSubscription[] {
    return [...this.#all];
  }

  add(filter: string, qos: 0 | 1, handler: BusHandler): MqttSubscription {
    let grant = (): void => undefined;
    let refuse = (_error: SedgeError): void => undefined;
    const granted = new Promise<void>((resolve, reject) => {
      grant = resolve;
      refuse = reject;
    });
    const subscription = { filter, levels: filterLevels(filter), qos, handler, granted, grant, refuse };
    this.#all.add(subscription);
    return subscription;
  }

  /** False if it was not there (any more). */
  remove(subscription: MqttSubscription): boolean {
    return this.#all.delete(subscription);
  }

  hasFilter(filter: string): boolean {
    return this.list().some((subscription) => subscription.filter === filter);
  }

  /** The QoS for a filter that several users may share: the highest one asked for. */
  qosOf(filter: string): 0 | 1 {
    return this.list().some((subscription) => subscription.filter === filter && subscription.qos === 1) ? 1 : 0;
  }

  matching(topic: string): MqttSubscription[] {
    const levels = topic.split('/');
    return this.list().filter((subscription) => matchesTopic(subscription.levels, levels));
  }

  refuseAll(error: SedgeError): void {
    for (const subscription of this.#all) subscription.refuse(error);
    this.#all.clear();
  }
}
