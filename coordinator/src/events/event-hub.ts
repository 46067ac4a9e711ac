import { type EventKind, limits, type ProjectId, SedgeError } from '@sedge/protocol';
import type { CloudEvent } from '@sedge/protocol/routes';
import { BoundedQueue, type Clock, type Log, newCode, type Randomness } from '@sedge/kit';

/** Tells that something changed. `subject` is the id of what changed. */
export type Emit = (kind: EventKind, subject: string, data: Readonly<Record<string, unknown>>) => void;

export interface EventSubscription extends AsyncIterable<CloudEvent> {
  /** The iteration ends after what waits already; fine twice. */
  end(): void;
}

export interface EventHubOptions {
  readonly project: ProjectId;
  readonly clock: Pick<Clock, 'now'>;
  readonly randomness: Pick<Randomness, 'bytes'>;
  readonly log: Log;
  readonly historyMax?: number;
  readonly subscribersMax?: number;
}

/**
 * State changes for whoever watches. Ids are `<start>-<number>`: a number alone would mean something else after a
 * restart. A subscriber that does not keep up is cut off; it comes back with the last id that it saw.
 */
export class EventHub {
  readonly #options: EventHubOptions;
  readonly #historyMax: number;
  readonly #start: string;
  readonly #history: CloudEvent[] = [];
  readonly #subscribers = new Set<BoundedQueue<CloudEvent>>();
  readonly #listeners = new Set<(event: CloudEvent, kind: EventKind) => void>();
  #count = 0;

  constructor(options: EventHubOptions) {
    this.#options = options;
    this.#historyMax = options.historyMax ?? limits.eventHistoryMax;
    this.#start = newCode(options.randomness);
  }

  readonly emit: Emit = (kind, subject, data) => {
    const event = this.#makeEvent(kind, subject, data);
    this.#remember(event);
    for (const queue of this.#subscribers) this.#offer(queue, event);
    for (const listener of this.#listeners) this.#tell(listener, event, kind);
  };

  /**
   * What happens from now on; with `afterId` first what happened since. An id that is not in the history any more, or
   * of an earlier start, gets the whole history. Throws OVERLOADED when too many subscribe.
   */
  subscribe(afterId?: string): EventSubscription {
    if (this.#subscribers.size >= (this.#options.subscribersMax ?? limits.eventSubscribersMax)) {
      throw new SedgeError('OVERLOADED', `${this.#subscribers.size} programs watch the events already`);
    }
    const queue = new BoundedQueue<CloudEvent>(this.#historyMax * 2);
    for (const event of this.#since(afterId)) queue.offer(event);
    this.#subscribers.add(queue);
    const end = (): void => {
      this.#subscribers.delete(queue);
      queue.close();
    };
    return { end, [Symbol.asyncIterator]: () => iterate(queue, end) };
  }

  /** Calls back in the same turn, for parts of this process. Returns its undoing. */
  listen(listener: (event: CloudEvent, kind: EventKind) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Ends every subscription. */
  stop(): void {
    for (const queue of this.#subscribers) queue.close();
    this.#subscribers.clear();
  }

  #makeEvent(kind: EventKind, subject: string, data: Readonly<Record<string, unknown>>): CloudEvent {
    return {
      specversion: '1.0',
      id: `${this.#start}-${++this.#count}`,
      source: `/sedge/${this.#options.project}`,
      type: `sedge.${kind}`,
      subject,
      time: new Date(this.#options.clock.now()).toISOString(),
      datacontenttype: 'application/json',
      data: { ...data },
    };
  }

  #remember(event: CloudEvent): void {
    this.#history.push(event);
    if (this.#history.length > this.#historyMax) this.#history.shift();
  }

  #since(afterId: string | undefined): readonly CloudEvent[] {
    if (afterId === undefined) return [];
    return this.#history.slice(this.#history.findIndex(({ id }) => id === afterId) + 1);
  }

  #offer(queue: BoundedQueue<CloudEvent>, event: CloudEvent): void {
    if (queue.offer(event)) return;
    this.#options.log.warn('a watcher of events is too slow and was cut off');
    this.#subscribers.delete(queue);
    queue.close();
  }

  /** A listener that fails must not undo the change that it hears of. */
  #tell(listener: (event: CloudEvent, kind: EventKind) => void, event: CloudEvent, kind: EventKind): void {
    try {
      listener(event, kind);
    } catch (error) {
      this.#options.log.error('a listener of events failed', { kind, error });
    }
  }
}

async function* iterate(queue: BoundedQueue<CloudEvent>, end: () => void): AsyncGenerator<CloudEvent, void, void> {
  try {
    yield* queue;
  } finally {
    end();
  }
}
