/** Items from many givers to takers that wait for them; never more than `capacity` at a time. */
export class BoundedQueue<Item extends {}> implements AsyncIterable<Item> {
  readonly capacity: number;
  readonly #items: Item[] = [];
  readonly #takers: ((item: Item | undefined) => void)[] = [];
  #closed = false;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get size(): number {
    return this.#items.length;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** False if the queue is full or closed: the item was not taken in, and the giver decides what that means. */
  offer(item: Item): boolean {
    if (this.#closed) return false;
    const taker = this.#takers.shift();
    if (taker !== undefined) {
      taker(item);
      return true;
    }
    if (this.#items.length >= this.capacity) return false;
    this.#items.push(item);
    return true;
  }

  /** The oldest item, now or when it comes; undefined once the queue is closed and empty. */
  take(): Promise<Item | undefined> {
    const item = this.#items.shift();
    if (item !== undefined || this.#closed) return Promise.resolve(item);
    return new Promise((resolve) => {
      this.#takers.push(resolve);
    });
  }

  /** Takes in nothing more. What is inside may still be taken. */
  close(): void {
    this.#closed = true;
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, void> {
    for (let item = await this.take(); item !== undefined; item = await this.take()) yield item;
  }
}
