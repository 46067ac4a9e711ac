/** What arrived on a topic. */
export interface BusMessage {
  readonly topic: string;
  /** A view that other subscribers may share: do not change it, and copy what you keep after the first `await`. */
  readonly payload: Uint8Array;
  /** Whether the broker kept the message from before the subscription. Never rely on that: RabbitMQ keeps none. */
  readonly retain: boolean;
}

/** Whatever it throws or rejects with is logged. */
export type BusHandler = (message: BusMessage) => void | Promise<void>;

export interface PublishOptions {
  /** 0 is now or never; 1 is kept until the broker has it, over reconnections, and may arrive twice. */
  readonly qos: 0 | 1;
  readonly retain?: boolean;
}

export interface SubscribeOptions {
  /** The most that the broker may use towards this subscriber; 1 if nothing is said. */
  readonly qos?: 0 | 1;
}

export interface Subscription {
  /** No message reaches the handler after this; fine twice. */
  end(): Promise<void>;
}

/**
 * Messages by topic over an MQTT broker, in this process or another. It holds to what aedes, mosquitto, NATS and
 * RabbitMQ all do: topic levels of A-Z a-z 0-9 _ -, QoS 0 and 1, packets up to 262,144 bytes, no `$share`.
 * A bus hears what it publishes itself. Filters of one bus should not overlap: NATS then delivers twice.
 */
export interface Bus {
  readonly connected: boolean;
  /** Resolves at the first connection. Throws BROKER_REFUSED. */
  start(): Promise<void>;
  /** Ends subscriptions and the connection; what still waited is refused with BUS_CLOSED. */
  stop(): Promise<void>;
  /**
   * Resolves when the broker has the message (QoS 1) or it left this process (QoS 0). The payload is copied.
   * Throws BUS_CLOSED, BUS_MESSAGE_TOO_LONG, BUS_TOPIC_INVALID, and OVERLOADED when too much waits.
   */
  publish(topic: string, payload: Uint8Array | string, options: PublishOptions): Promise<void>;
  /** Resolves when the broker has granted it; holds over reconnections. Throws BUS_CLOSED and BUS_TOPIC_INVALID. */
  subscribe(filter: string, handler: BusHandler, options?: SubscribeOptions): Promise<Subscription>;
  /** Tells of each change; after a reconnection it is told when the subscriptions stand again. Returns its undoing. */
  onConnectionChange(listener: (connected: boolean) => void): () => void;
}
