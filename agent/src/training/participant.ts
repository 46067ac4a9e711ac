import { RecentMap } from '@sedge/kit';
import type { RoundClosed, RoundOffer, RunId, SedgeError, UpdateAck } from '@sedge/protocol';
import { asksTheSame } from './check-offer.ts';
import { Participation, type ParticipationOptions } from './participation.ts';

interface Round {
  readonly run: RunId;
  readonly round: number;
}

/** Rounds that one node takes part in at a time; beyond it the oldest is given up. */
const PARTICIPATIONS_MAX = 16;
/** Rounds whose end is remembered, so that an offer which is delivered late or twice begins nothing. */
const CLOSED_MAX = 256;

/** Takes part in rounds, each once, however often it is offered. */
export class Participant {
  readonly #options: ParticipationOptions;
  readonly #rounds = new Map<string, Participation>();
  /** The last attempt of rounds that were closed. */
  readonly #closed = new RecentMap<string, number>(CLOSED_MAX);

  constructor(options: ParticipationOptions) {
    this.#options = options;
  }

  /** Resolves when nothing more is to be done for this offer. Never throws. */
  async offer(offer: RoundOffer): Promise<void> {
    const known = this.#rounds.get(keyOf(offer));
    if (offer.attempt <= (this.#closed.get(keyOf(offer)) ?? 0)) return;
    if (known === undefined || known.isOver) return this.#begin(offer);
    if (offer.attempt < known.offer.attempt) return;
    if (asksTheSame(known.offer, offer)) return known.repeat(offer);
    known.close('another work is asked for');
    await this.#begin(offer);
  }

  acknowledge(round: Round, ack: UpdateAck): void {
    this.#rounds.get(keyOf(round))?.acknowledge(ack);
  }

  closed(round: Round, { reason }: RoundClosed): void {
    const known = this.#rounds.get(keyOf(round));
    if (known !== undefined) this.#closed.set(keyOf(round), known.offer.attempt);
    this.#forget(keyOf(round), reason);
  }

  /** Stops the trainings that are not done, and declines their rounds with this error. */
  giveUp(error: SedgeError): void {
    for (const participation of this.#rounds.values()) participation.giveUp(error);
  }

  stop(): void {
    for (const key of this.#rounds.keys()) this.#forget(key, 'the agent stops');
  }

  #begin(offer: RoundOffer): Promise<void> {
    this.#rounds.delete(keyOf(offer));
    this.#forgetEarlier(offer);
    const [oldest] = this.#rounds.size >= PARTICIPATIONS_MAX ? this.#rounds.keys() : [];
    if (oldest !== undefined) this.#forget(oldest, 'too many rounds at a time');
    const participation = new Participation(offer, this.#options);
    this.#rounds.set(keyOf(offer), participation);
    return participation.run();
  }

  /** A run goes on with its next round when the one before is closed, even if that word did not reach us. */
  #forgetEarlier({ run, round }: Round): void {
    for (const [key, { offer }] of this.#rounds) {
      if (offer.run === run && offer.round < round) this.#forget(key, 'the next round was offered');
    }
  }

  #forget(key: string, reason: string): void {
    this.#rounds.get(key)?.close(reason);
    this.#rounds.delete(key);
  }
}

function keyOf({ run, round }: Round): string {
  return `${run}/${round}`;
}
