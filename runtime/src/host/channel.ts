import type { SedgeError } from '@sedge/protocol/core';
import type { HostReply, NumberedRequest } from './messages.ts';

/** The parent's end of the line to one guest. */
export interface HostChannel {
  send(request: NumberedRequest): void;
  /** Ends the guest, whatever it is doing; resolves when it has ended. Fine twice. */
  kill(): Promise<void>;
}

export interface ChannelEvents {
  readonly onReply: (reply: HostReply) => void;
  /** The guest ended by itself, with MODEL_CRASHED or MODEL_OUT_OF_MEMORY. Not called after `kill`. */
  readonly onEnd: (error: SedgeError) => void;
}

/** Starts a guest. */
export type StartGuest = (events: ChannelEvents) => HostChannel;
