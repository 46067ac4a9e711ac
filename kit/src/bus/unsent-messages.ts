import { SedgeError } from '@sedge/protocol';
import type { PublishOptions } from './bus.ts';
import { checkPacketBytes, checkTopic } from './topics.ts';

export interface UnsentMessage {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

export interface BacklogBounds {
  readonly messagesMax: number;
  readonly bytesMax: number;
}

/** Enough for one node's model update of 64 MB in chunks; beyond that the sender has to wait for what it sent. */
export const DEFAULT_BACKLOG: BacklogBounds = { messagesMax: 4_096, bytesMax: 64 * 1024 * 1024 };

interface Settling {
  readonly resolve: () => void;
  readonly reject: (error: SedgeError) => void;
}

/** Messages that were published and not yet taken by the broker, in order, and never more than the bounds allow. */
export class UnsentMessages {
  readonly #bounds: BacklogBounds;
  readonly #waiting = new Map<UnsentMessage, Settling>();
  #bytes = 0;

  constructor(bounds: BacklogBounds = DEFAULT_BACKLOG) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Takes a message in with a copy of its payload. The promise settles with `sent` or one of the refusals.
   * Throws BUS_TOPIC_INVALID, BUS_MESSAGE_TOO_LONG and OVERLOADED.
   */
  add(
    topic: string,
    payload: Uint8Array | string,
    { qos, retain = false }: PublishOptions,
  ): { message: UnsentMessage; settled: Promise<void> } {
    checkTopic(topic);
    const message = { topic, payload: copyOf(payload), qos, retain };
    checkPacketBytes(topic, message.payload.byteLength);
    this.#checkRoom(message);
    const settled = new Promise<void>((resolve, reject) => {
      this.#waiting.set(message, { resolve, reject });
    });
    this.#bytes += message.payload.byteLength;
    return { message, settled };
  }

  sent(message: UnsentMessage): void {
    this.#remove(message)?.resolve();
  }

  refuse(message: UnsentMessage, error: SedgeError): void {
    this.#remove(message)?.reject(error);
  }

  refuseAll(error: SedgeError): void {
    for (const message of this.list()) this.refuse(message, error);
  }

  /** The oldest first. */
  list(): UnsentMessage[] {
    return [...this.#waiting.keys()];
  }

  #checkRoom({ topic, payload }: UnsentMessage): void {
    const { messagesMax, bytesMax } = this.#bounds;
    if (this.#waiting.size < messagesMax && this.#bytes + payload.byteLength <= bytesMax) return;
    throw new SedgeError(
      'OVERLOADED',
      `${this.#waiting.size} messages of ${this.#bytes} bytes wait for the broker, so ${topic} is not taken`,
    );
  }

  #remove(message: UnsentMessage): Settling | undefined {
    const settling = this.#waiting.get(message);
    if (settling === undefined) return undefined;
    this.#waiting.delete(message);
    this.#bytes -= message.payload.byteLength;
    return settling;
  }
}

function copyOf(payload: Uint8Array | string): Buffer {
  return typeof payload === 'string' ? Buffer.from(payload, 'utf8') : Buffer.from(payload);
}
