import type { Clock, Log, Randomness, Timer } from '@sedge/kit';
import {
  asSedgeError,
  SedgeError,
  type Crypto,
  type TrustedModel,
  type RoundAnswer,
  type RoundOffer,
  type TrainingProgressMessage,
  type UpdateAck,
} from '@sedge/protocol';
import { retryWhileItMayPass } from '../models/retry.ts';
import type { LocalTraining } from './local-training.ts';
import { ProgressReport } from './progress-report.ts';
import { encodeUpdate, type Trained } from './update.ts';
import { UpdateUpload } from './update-upload.ts';

export interface ParticipationOptions {
  readonly training: Pick<LocalTraining, 'check' | 'pull' | 'work'>;
  /** Waits for its turn and runs. Throws QUEUE_FULL. */
  readonly inTurn: <Result>(task: () => Promise<Result>) => Promise<Result>;
  /** Throws NODE_SHEDDING while no work is taken. */
  readonly admit: () => void;
  readonly answer: (offer: RoundOffer, answer: RoundAnswer) => Promise<void>;
  readonly send: (offer: RoundOffer, frame: Uint8Array) => Promise<void>;
  /** Says how far the work is. Nobody waits for it, and it may get lost. */
  readonly progress: (offer: RoundOffer, message: TrainingProgressMessage) => void;
  readonly whenConnected: (signal: AbortSignal) => Promise<void>;
  readonly crypto: Pick<Crypto, 'sha256' | 'randomBytes'>;
  readonly clock: Clock;
  readonly randomness: Pick<Randomness, 'uniform'>;
  readonly log: Log;
}

/** This node's part in one round: it answers the offer, trains, and delivers the update until that is stored. */
export class Participation {
  readonly #options: ParticipationOptions;
  readonly #abort = new AbortController();
  #offer: RoundOffer;
  #deadline: Timer;
  #trained: Trained | undefined;
  #delivery: { readonly upload: UpdateUpload; readonly abort: AbortController } | undefined;
  #hasDeclined = false;
  #givenUp: SedgeError | undefined;

  constructor(offer: RoundOffer, options: ParticipationOptions) {
    this.#options = options;
    this.#offer = offer;
    this.#deadline = this.#arm(offer);
  }

  get offer(): RoundOffer {
    return this.#offer;
  }

  /** Over, because the node declined or the round was closed: another offer begins anew. */
  get isOver(): boolean {
    return this.#hasDeclined || this.#abort.signal.aborted;
  }

  /** Answers, trains and delivers. Never throws. */
  async run(): Promise<void> {
    try {
      this.#options.admit();
      const trusted = await this.#options.training.check(this.#offer);
      await this.#say({ accepted: true });
      this.#trained = await this.#train(trusted);
    } catch (cause) {
      return this.#ends(cause);
    }
    await this.#deliver();
  }

  /** The same work is asked for again: what is known already is not computed anew, and what was sent is sent again. */
  async repeat(offer: RoundOffer): Promise<void> {
    this.#offer = offer;
    this.#deadline.cancel();
    this.#deadline = this.#arm(offer);
    await this.#say({ accepted: true });
    if (this.#trained !== undefined) await this.#deliver();
  }

  acknowledge(ack: UpdateAck): void {
    this.#delivery?.upload.take(ack);
  }

  /** Stops a training that is not done, and declines with this error. What is trained is still delivered. */
  giveUp(error: SedgeError): void {
    if (this.isOver || this.#trained !== undefined) return;
    this.#givenUp = error;
    this.#abort.abort(error);
  }

  /** Stops training and sending at once, and forgets the update. */
  close(reason: string): void {
    this.#deadline.cancel();
    this.#abort.abort(new SedgeError('ROUND_CLOSED', reason));
    this.#delivery?.abort.abort(this.#abort.signal.reason);
    this.#trained = undefined;
  }

  async #train(trusted: TrustedModel): Promise<Trained> {
    const { clock, inTurn, progress, training } = this.#options;
    const offer = this.#offer;
    const { signal } = this.#abort;
    await retryWhileItMayPass(() => training.pull(this.#offer, trusted, signal), { ...this.#options, signal });
    return inTurn(() => {
      signal.throwIfAborted();
      const report = new ProgressReport({ offer, clock, tell: (message) => progress(offer, message) });
      return training.work(this.#offer, trusted, signal, report.take);
    });
  }

  async #deliver(): Promise<void> {
    const { log, send, whenConnected } = this.#options;
    const offer = this.#offer;
    const trained = this.#trained;
    if (trained === undefined || this.#abort.signal.aborted) return;
    this.#delivery?.abort.abort(new SedgeError('TRAINING_STOPPED', 'it is sent anew'));
    const abort = new AbortController();
    const upload = new UpdateUpload({
      ...this.#options,
      bytes: encodeUpdate(offer, trained),
      send: (frame) => send(offer, frame),
      whenConnected,
    });
    this.#delivery = { upload, abort };
    try {
      await upload.run(abort.signal);
      log.info('an update was delivered', { run: offer.run, round: offer.round });
    } catch (error) {
      log.info('an update was not delivered', { run: offer.run, round: offer.round, error });
    }
  }

  /** A failure of ours is told, so that nobody waits for us; when the round is over nobody does. */
  async #ends(cause: unknown): Promise<void> {
    const { log } = this.#options;
    const { run, round } = this.#offer;
    const isClosed = this.#abort.signal.aborted && this.#givenUp === undefined;
    if (isClosed) return log.info('a round ended before its training', { run, round });
    const error = this.#givenUp ?? asSedgeError(cause);
    log.warn('this node does not take part', { run, round, error });
    this.#hasDeclined = true;
    this.#deadline.cancel();
    await this.#say({ accepted: false, code: error.code, detail: (error.exposed ? error.detail : '').slice(0, 2_000) });
  }

  async #say(answer: Omit<RoundAnswer, 'attempt'>): Promise<void> {
    try {
      await this.#options.answer(this.#offer, { attempt: this.#offer.attempt, ...answer });
    } catch (error) {
      // The update speaks for itself, and a missing answer ends with the deadline of the round.
      this.#options.log.warn('an answer did not leave', { run: this.#offer.run, error });
    }
  }

  #arm({ timeoutMs }: RoundOffer): Timer {
    return this.#options.clock.setTimer(timeoutMs, () => this.close('the time of the round is over'));
  }
}
