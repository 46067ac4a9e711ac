import { type Clock, RecentMap } from '@sedge/kit';
import type { ErrorCode } from '@sedge/protocol/core';

/** A model that is kept from running. Plain data, so that it can be stored and reported. */
export interface QuarantineEntry {
  /** What is kept from running: the digest of a model's content. */
  readonly key: string;
  /** What its last crash was. */
  readonly code: ErrorCode;
  readonly crashes: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly sinceMs: number;
}

export interface QuarantineOptions {
  /** So many crashes within the window lead to quarantine. */
  readonly crashesMax?: number;
  readonly windowMs?: number;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
  /** What was in quarantine when the process ended. */
  readonly entries?: readonly QuarantineEntry[];
}

const CRASHES_MAX = 3;
const WINDOW_MS = 10 * 60_000;
/** Models whose crashes are remembered. */
const KEYS_MAX = 1_024;

/** Counts crashes and deadline kills, and keeps a model from running that has had too many of them. */
export class Quarantine {
  readonly #crashesMax: number;
  readonly #windowMs: number;
  readonly #clock: QuarantineOptions['clock'];
  /** When each model crashed, on the monotonic clock. */
  readonly #crashes = new RecentMap<string, readonly number[]>(KEYS_MAX);
  /** A model leaves only when somebody releases it; each was deployed by an operator, so that they stay few. */
  readonly #entries: Map<string, QuarantineEntry>;

  constructor({ crashesMax = CRASHES_MAX, windowMs = WINDOW_MS, clock, entries = [] }: QuarantineOptions) {
    this.#crashesMax = crashesMax;
    this.#windowMs = windowMs;
    this.#clock = clock;
    this.#entries = new Map(entries.map((entry) => [entry.key, entry]));
  }

  /** Counts one crash; true if the model is in quarantine now. */
  crashed(key: string, code: ErrorCode): boolean {
    const nowMs = this.#clock.monotonicMs();
    const recent = (this.#crashes.get(key) ?? []).filter((atMs) => nowMs - atMs < this.#windowMs);
    const crashes = [...recent, nowMs].slice(-this.#crashesMax);
    this.#crashes.set(key, crashes);
    if (crashes.length >= this.#crashesMax && !this.#entries.has(key)) this.#enter(key, code, crashes.length);
    return this.#entries.has(key);
  }

  has(key: string): QuarantineEntry | undefined {
    return this.#entries.get(key);
  }

  /** Lets a model run again and forgets its crashes; false if it was not in quarantine. */
  release(key: string): boolean {
    this.#crashes.delete(key);
    return this.#entries.delete(key);
  }

  /** Those in quarantine, the oldest first. */
  entries(): QuarantineEntry[] {
    return [...this.#entries.values()];
  }

  #enter(key: string, code: ErrorCode, crashes: number): void {
    this.#entries.set(key, { key, code, crashes, sinceMs: this.#clock.now() });
  }
}
