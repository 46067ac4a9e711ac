import { withDeadline, type Clock, type Log } from '@sedge/kit';
import type {
  Birth,
  BootId,
  Heartbeat,
  HeldDataset,
  ModelStatus,
  NodeState,
  Resources,
  SheddingReason,
} from '@sedge/protocol';
import type { Outbox } from '../uplink/outbox.ts';
import { AGENT_VERSION } from '../version.ts';
import type { BoardSource } from './board-source.ts';
import { nodeEngines, usableEngines } from './engines.ts';
import { platformOf } from './platform.ts';

export interface PresenceOptions {
  readonly boot: BootId;
  readonly board: BoardSource;
  readonly resources: () => Promise<Resources>;
  readonly clock: Pick<Clock, 'setTimer'>;
  /** The coordinator's time. */
  readonly now: () => number;
  readonly log: Log;
  readonly outbox: Pick<Outbox, 'state' | 'heartbeat' | 'birth' | 'twin'>;
  readonly isConnected: () => boolean;
  readonly stateOf: (online: boolean) => NodeState;
  readonly listDatasets: () => Promise<HeldDataset[]>;
  readonly models: () => ModelStatus[];
  readonly twinVersion: () => number;
  readonly queue: () => Heartbeat['queue'];
  /** Why the node takes no work; undefined while it does. */
  readonly shedding: () => SheddingReason | undefined;
}

/** A model passes through several states in a moment; the coordinator hears of the last one. */
const REPORT_DELAY_MS = 50;
const GOODBYE_MS = 1_000;

/** What a node says of itself without being asked. Nothing is kept while there is no connection: it is told anew. */
export class Presence {
  readonly #options: PresenceOptions;
  #datasets: readonly HeldDataset[] = [];
  /** Looked for once: engines do not come and go while an agent runs. */
  #foundEngines: Promise<Birth['engines']> | undefined;
  #sequence = 0;
  #isReporting = false;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** As they were told last. */
  get datasets(): readonly HeldDataset[] {
    return this.#datasets;
  }

  /** Everything, after a connection: state, birth, twin. Never throws. */
  async announce(): Promise<void> {
    const { outbox, stateOf } = this.#options;
    await this.#send('state', () => outbox.state(stateOf(true)));
    await this.#send('birth', () => this.announceBirth());
    await this.#send('twin', () => this.#sendTwin());
  }

  async announceBirth(): Promise<void> {
    const { boot, board, now, models, outbox, resources } = this.#options;
    await this.refreshDatasets();
    await outbox.birth({
      boot,
      at: now(),
      agent: AGENT_VERSION,
      platform: await platformOf(board),
      resources: await resources(),
      engines: await this.#engines(),
      datasets: [...this.#datasets],
      models: models(),
    });
  }

  /** True when they are not those that were told. */
  async refreshDatasets(): Promise<boolean> {
    const before = JSON.stringify(this.#datasets);
    this.#datasets = await this.#options.listDatasets();
    return JSON.stringify(this.#datasets) !== before;
  }

  /** One heartbeat; and a birth where the owner has changed the data sets. Never throws. */
  async beat(resources: Resources): Promise<void> {
    const { boot, now, models, outbox, queue } = this.#options;
    const shedding = this.#options.shedding();
    const brief = models().map(({ name, version, state }) => ({ name, version, state }));
    await this.#send('heartbeat', async () => {
      const seq = this.#sequence++;
      const engines = usableEngines(await this.#engines());
      const load = { resources, queue: queue(), ...(shedding !== undefined && { shedding }) };
      await outbox.heartbeat({ boot, seq, at: now(), engines, models: brief, ...load });
    });
    await this.#send('birth', async () => {
      if (await this.refreshDatasets()) await this.announceBirth();
    });
  }

  /** Soon: several changes are told at once. */
  reportTwin(): void {
    if (this.#isReporting) return;
    this.#isReporting = true;
    this.#options.clock.setTimer(REPORT_DELAY_MS, () => {
      this.#isReporting = false;
      void this.#send('twin', () => this.#sendTwin());
    });
  }

  /** The last word, so that nobody waits for the will. Never throws. */
  async goodbye(): Promise<void> {
    const { clock, outbox, stateOf } = this.#options;
    await this.#send('state', () => withDeadline(outbox.state(stateOf(false)), GOODBYE_MS, clock, 'STOPPING'));
  }

  #engines(): Promise<Birth['engines']> {
    return (this.#foundEngines ??= nodeEngines());
  }

  async #sendTwin(): Promise<void> {
    const { boot, models, now, outbox, twinVersion } = this.#options;
    // Before the first twin there is nothing to report on.
    if (twinVersion() < 0) return;
    await outbox.twin({ boot, version: twinVersion(), at: now(), models: models() });
  }

  async #send(what: string, send: () => Promise<void>): Promise<void> {
    if (!this.#options.isConnected()) return;
    try {
      await send();
    } catch (error) {
      this.#options.log.warn('the node could not speak', { what, error });
    }
  }
}
