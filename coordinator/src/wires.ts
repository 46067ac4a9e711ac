import type { NodeId } from '@sedge/protocol';
import type { Log } from '@sedge/kit';
import type { House } from './build-house.ts';
import { eventPublisher } from './events/event-publisher.ts';

export interface WiresOptions {
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
    const { fleet, commands, models, rollouts, events, identity } = rooms;
    this.#undo = [
      fleet.onBirthHeard(rollouts.sendTo),
      fleet.onSelectionChanged(rollouts.reconcileSoon),
      fleet.onBirthWanted((node) => this.#askBirth(node)),
      fleet.onOffline((node) => gateway.onOffline(node)),
      fleet.onOffline((node) => commands.onOffline(node)),
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

  #askBirth(node: NodeId): void {
    this.#house.rooms.commands.tell(node, { name: 'rebirth' }).catch((error: unknown) => {
      this.#options.log.warn('a node could not be asked for its birth', { node, error });
    });
  }
}
