/** Items that wait in one queue per owner; the queues take turns, so that a flood for one does not starve another. */
export class TurnQueues<Item> {
  readonly #capacity: number;
  /** The next turn stands first: a Map keeps the order of insertion. Queues that are empty are dropped. */
  readonly #queues = new Map<string, Item[]>();

  /** How many items each queue holds at most. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return [...this.#queues.values()].reduce((sum, { length }) => sum + length, 0);
  }

  get isEmpty(): boolean {
    return this.#queues.size === 0;
  }

  isFull(owner: string): boolean {
    return (this.#queues.get(owner)?.length ?? 0) >= this.#capacity;
  }

  /** False if the queue of this owner is full. */
  offer(owner: string, item: Item): boolean {
    if (this.isFull(owner)) return false;
    const queue = this.#queues.get(owner);
    if (queue === undefined) this.#queues.set(owner, [item]);
    else queue.push(item);
    return true;
  }

  /** The oldest item of the queue whose turn it is. */
  take(): Item | undefined {
    for (const [owner, queue] of this.#queues) {
      const item = queue.shift();
      this.#queues.delete(owner);
      if (queue.length > 0) this.#queues.set(owner, queue);
      return item;
    }
    return undefined;
  }

  remove(owner: string, item: Item): void {
    const queue = this.#queues.get(owner);
    const index = queue?.indexOf(item) ?? -1;
    if (index < 0) return;
    queue?.splice(index, 1);
    if (queue?.length === 0) this.#queues.delete(owner);
  }

  /** Takes everything out. */
  drain(): Item[] {
    const items = [...this.#queues.values()].flat();
    this.#queues.clear();
    return items;
  }
}
