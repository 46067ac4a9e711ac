import type { ErrorCode } from '@sedge/protocol';

/** Who counts what the broker does. */
export interface BrokerObserver {
  connected(connections: number): void;
  /** A connection, message or subscription was turned away. */
  refused(what: 'connect' | 'publish' | 'subscribe' | 'packet' | 'capacity'): void;
  /** A message was not forwarded to a client that does not read. */
  dropped(): void;
  /** A node's message was handled, or not: `ok` or a code of the error catalogue. */
  message(channel: string, outcome: 'ok' | ErrorCode): void;
}
