import { Backoff, deadlineSignal, untilAborted, type Clock, type Log, type Randomness } from '@sedge/kit';
import {
  encodeChunk,
  errorCatalogue,
  isErrorCode,
  limits,
  newStreamId,
  SedgeError,
  type Crypto,
  type UpdateAck,
} from '@sedge/protocol';

export interface UpdateUploadOptions {
  readonly bytes: Uint8Array;
  readonly crypto: Pick<Crypto, 'sha256' | 'randomBytes'>;
  readonly clock: Pick<Clock, 'setTimer' | 'sleep'>;
  readonly randomness: Pick<Randomness, 'uniform'>;
  readonly log: Log;
  /** Resolves when the broker has the frame. */
  readonly send: (frame: Uint8Array) => Promise<void>;
  /** Resolves when there is a connection. */
  readonly whenConnected: (signal: AbortSignal) => Promise<void>;
}

/** How long an acknowledgement may take before what is missing is sent again. */
const SILENCE_MS = 5_000;
const RETRY_BASE_MS = 500;
const RETRY_CAP_MS = 10_000;

/**
 * Sends one update until the coordinator has stored it. After a silence, a reconnection or a restart of the other
 * side it goes on from the first chunk that is not acknowledged; chunks may arrive twice.
 */
export class UpdateUpload {
  readonly stream: string;
  readonly #options: UpdateUploadOptions;
  readonly #backoff: Backoff;
  #nextSequence = 0;
  #heard = (): void => undefined;
  #isComplete = false;
  #refusal: SedgeError | undefined;

  constructor(options: UpdateUploadOptions) {
    this.#options = options;
    this.stream = newStreamId(options.crypto);
    this.#backoff = new Backoff({ baseMs: RETRY_BASE_MS, capMs: RETRY_CAP_MS, randomness: options.randomness });
  }

  take({ stream, nextSequence, complete, code }: UpdateAck): void {
    if (stream !== this.stream) return;
    this.#nextSequence = Math.min(nextSequence, this.#chunks);
    this.#isComplete ||= complete;
    if (code !== undefined && !complete && !mayPass(code)) {
      this.#refusal = new SedgeError(
        isErrorCode(code) ? code : 'UPDATE_INVALID',
        `the coordinator refuses it: ${code}`,
      );
    }
    this.#backoff.reset();
    this.#heard();
  }

  /** Resolves when the update is stored. Throws the code of a refusal, and the reason of the signal. */
  async run(signal: AbortSignal): Promise<void> {
    while (!this.#isComplete) {
      await this.#options.whenConnected(signal);
      await this.#sendOnce(signal);
      if (!this.#isComplete) await this.#options.clock.sleep(this.#backoff.nextMs(), signal);
    }
  }

  get #chunks(): number {
    return Math.max(1, Math.ceil(this.#options.bytes.byteLength / limits.chunkDataBytesMax));
  }

  /** Everything from the first missing chunk on, then the wait for its acknowledgement. */
  async #sendOnce(signal: AbortSignal): Promise<void> {
    try {
      for (let sequence = this.#nextSequence; sequence < this.#chunks && !this.#isOver; sequence += 1) {
        // A chunk at a time: what waits in the socket is then never more than one frame.
        await untilAborted(this.#options.send(this.#frame(sequence)), signal);
      }
      while (!this.#isOver && (await this.#hears(signal)));
    } catch (error) {
      signal.throwIfAborted();
      this.#options.log.debug('an update did not go through', { stream: this.stream, error });
    }
    if (this.#refusal !== undefined) throw this.#refusal;
  }

  get #isOver(): boolean {
    return this.#isComplete || this.#refusal !== undefined;
  }

  /** True when something was acknowledged, false after a silence. */
  async #hears(signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    using patience = deadlineSignal({ clock, timeoutMs: SILENCE_MS, code: 'STREAM_INCOMPLETE', parents: [signal] });
    const heard = new Promise<void>((resolve) => {
      this.#heard = resolve;
    });
    try {
      await untilAborted(heard, patience.signal);
      return true;
    } catch (error) {
      if (signal.aborted) throw error;
      return false;
    }
  }

  #frame(sequence: number): Uint8Array {
    const { bytes, crypto } = this.#options;
    const offset = sequence * limits.chunkDataBytesMax;
    const data = bytes.subarray(offset, offset + limits.chunkDataBytesMax);
    return encodeChunk(crypto, {
      encoding: 'tensorFrame',
      sequence,
      stream: this.stream,
      offset,
      total: bytes.byteLength,
      data,
    });
  }
}

/** A coordinator that is full or about to stop will take the same update later. */
function mayPass(code: string): boolean {
  return isErrorCode(code) && errorCatalogue[code].retry === 'later';
}
