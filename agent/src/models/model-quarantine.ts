import { RecentMap, type Clock, type Log } from '@sedge/kit';
import { modelKey, SedgeError, type ModelManifest } from '@sedge/protocol';
import { Quarantine } from '@sedge/runtime/quarantine';
import { contentKey } from './content-key.ts';
import type { QuarantinedContent, QuarantineFolder } from './quarantine-folder.ts';

export interface ModelQuarantineOptions {
  readonly folder: Pick<QuarantineFolder, 'list' | 'keys' | 'add' | 'remove'>;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
  readonly log: Log;
  /** This content must not go on. */
  readonly onQuarantined: (key: string, error: SedgeError) => void;
  /** This content may run again. */
  readonly onReleased: (key: string) => void;
}

/** Names that a content was loaded under, for people. */
const NAMED_MAX = 1_024;
const NAMES_PER_CONTENT_MAX = 16;

/** Keeps content from running that ended its host too often, over restarts, until somebody lets it go. */
export class ModelQuarantine {
  readonly #options: ModelQuarantineOptions;
  #quarantine: Quarantine;
  readonly #names = new RecentMap<string, readonly string[]>(NAMED_MAX);
  /** Whose file is on the disk: without it, it was let go by a command. */
  #stored = new Set<string>();

  constructor(options: ModelQuarantineOptions) {
    this.#options = options;
    this.#quarantine = new Quarantine({ clock: options.clock });
  }

  /** Reads what was in quarantine when the agent ended. Throws STATE_UNREADABLE. */
  async start(): Promise<void> {
    const entries = await this.#options.folder.list();
    for (const { key, models } of entries) this.#names.set(key, models);
    this.#stored = new Set(entries.map(({ key }) => key));
    this.#quarantine = new Quarantine({ clock: this.#options.clock, entries });
  }

  /** Throws MODEL_QUARANTINED. */
  readonly refuse = (manifest: ModelManifest): void => {
    const key = contentKey(manifest);
    this.#noteName(key, modelKey(manifest));
    const error = this.#errorOf(key);
    if (error !== undefined) throw error;
  };

  /** A host ended while it worked for this content. */
  crashed(key: string, { code }: SedgeError): void {
    const wasIn = this.#quarantine.has(key) !== undefined;
    this.#options.log.warn('a model ended its host', { models: this.#names.get(key), code });
    if (!this.#quarantine.crashed(key, code) || wasIn) return;
    const error = this.#errorOf(key);
    if (error === undefined) return;
    this.#options.log.error('a model is in quarantine', { models: this.#names.get(key), error });
    this.#options.onQuarantined(key, error);
    void this.#store(key);
  }

  /** False for content that is not in quarantine. */
  async release(key: string): Promise<boolean> {
    if (this.#quarantine.has(key) === undefined) return false;
    await this.#options.folder.remove(key);
    this.#letGo(key);
    return true;
  }

  /** Notices what a command let go while the agent runs. Never throws. */
  async refresh(): Promise<void> {
    if (this.#stored.size === 0) return;
    try {
      const keys = await this.#options.folder.keys();
      for (const key of [...this.#stored].filter((stored) => !keys.has(stored))) this.#letGo(key);
    } catch (error) {
      this.#options.log.warn('the quarantine cannot be read', { error });
    }
  }

  #letGo(key: string): void {
    this.#stored.delete(key);
    if (!this.#quarantine.release(key)) return;
    this.#options.log.info('a model left the quarantine', { models: this.#names.get(key) });
    this.#options.onReleased(key);
  }

  async #store(key: string): Promise<void> {
    const entry = this.#quarantine.has(key);
    if (entry === undefined) return;
    const content: QuarantinedContent = { ...entry, models: [...(this.#names.get(key) ?? [])] };
    try {
      await this.#options.folder.add(content);
      this.#stored.add(key);
      // Let go while it was written.
      if (this.#quarantine.has(key) === undefined) await this.#options.folder.remove(key);
    } catch (error) {
      this.#options.log.error('a quarantine was not stored: it ends with this process', { key, error });
    }
  }

  #noteName(key: string, name: string): void {
    const names = this.#names.get(key) ?? [];
    if (!names.includes(name)) this.#names.set(key, [...names, name].slice(-NAMES_PER_CONTENT_MAX));
  }

  #errorOf(key: string): SedgeError | undefined {
    const entry = this.#quarantine.has(key);
    if (entry === undefined) return undefined;
    const since = new Date(entry.sinceMs).toISOString();
    const detail = `${entry.crashes} crashes until ${since}, the last one ${entry.code}`;
    return new SedgeError('MODEL_QUARANTINED', detail, { expose: true });
  }
}
