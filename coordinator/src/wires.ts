import type { NodeId } from '@sedge/protocol';
import { type Clock, type Log, nodeCrypto, type Randomness } from '@sedge/kit';
import type { House } from './build-house.ts';
import { eventPublisher } from './events/event-publisher.ts';
import { birthRequest } from './fleet/birth-request.ts';

export interface WiresOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly randomness: Pick<Randomness, 'bytes'>;
  readonly log: Log;
}

/** What happens in one room and is heard in another. */
export class Wires {
  readonly #house: House;
  readonly #options: WiresOptions;
  #undo: (() => void)[] = [];

  constructor(house: House, options: WiresOptions) {
    this.#house = house;
    this.#options = options;
  }

  start(): void {
    const { rooms, broker, gateway, metrics } = this.#house;
    const { fleet, models, rollouts, events, identity } = rooms;
    this.#undo = [
      fleet.onBirthHeard(rollouts.sendTo),
      fleet.onSelectionChanged(rollouts.reconcileSoon),
      fleet.onBirthWanted(this.#askBirth()),
      fleet.onOffline((node) => gateway.onOffline(node)),
      models.addUse(rollouts.useOf),
      events.listen(eventPublisher({ bus: broker.bus, project: identity.project, log: this.#options.log })),
      events.listen(({ data: { outcome } }, kind) => {
        if (kind === 'round.changed' && typeof outcome === 'string') metrics.roundClosed(outcome);
      }),
    ];
  }

  stop(): void {
    for (const undo of this.#undo.splice(0)) undo();
  }

  #askBirth(): (node: NodeId) => void {
    const { rooms, broker, addressOf } = this.#house;
    const { log } = this.#options;
    const { key } = rooms.identity;
    const ask = birthRequest({ ...this.#options, bus: broker.bus, crypto: nodeCrypto, addressOf, key });
    return (node) => {
      ask(node).catch((error: unknown) => log.warn('a node could not be asked for its birth', { node, error }));
    };
  }
}
