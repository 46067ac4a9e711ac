import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic, type Log } from '@sedge/kit';
import { errorCatalogue, SedgeError, type ErrorCode } from '@sedge/protocol';
import { z } from 'zod';
import { isMissing, readJsonIfThere } from '../storage/read-file.ts';

const code = z.custom<ErrorCode>((value) => typeof value === 'string' && Object.hasOwn(errorCatalogue, value));

/** Content that is kept from running, and what people call it. */
const quarantined = z.object({
  key: z.string().regex(/^[0-9a-f]{64}(-[0-9a-f]{64})?$/),
  code,
  crashes: z.int().min(1),
  sinceMs: z.number(),
  /** Name and version of each model that has this content. */
  models: z.array(z.string().max(100)).max(64),
});
export type QuarantinedContent = z.infer<typeof quarantined>;

const ENDING = '.json';

/**
 * One small file for each content in quarantine. A command lets one go by removing its file, while the agent adds
 * others: neither writes over what the other did.
 */
export class QuarantineFolder {
  readonly #path: string;
  readonly #log: Pick<Log, 'warn'>;

  constructor(path: string, log: Pick<Log, 'warn'>) {
    this.#path = path;
    this.#log = log;
  }

  /** By when they came in. A file that is damaged is told of and left out. Throws STATE_UNREADABLE. */
  async list(): Promise<QuarantinedContent[]> {
    const found = await Promise.all((await this.#names()).map((name) => this.#read(name)));
    return found.flatMap((entry) => entry ?? []).sort((left, right) => left.sinceMs - right.sinceMs);
  }

  /** The keys alone, without opening a file. Throws STATE_UNREADABLE. */
  async keys(): Promise<Set<string>> {
    return new Set((await this.#names()).map((name) => name.slice(0, -ENDING.length)));
  }

  /** On the disk when it resolves. */
  async add(entry: QuarantinedContent): Promise<void> {
    await mkdir(this.#path, { recursive: true, mode: 0o700 });
    await writeFileAtomic(this.#fileOf(entry.key), `${JSON.stringify(entry, null, 2)}\n`);
  }

  async remove(key: string): Promise<void> {
    await rm(this.#fileOf(key), { force: true });
  }

  async #names(): Promise<string[]> {
    try {
      return (await readdir(this.#path)).filter((name) => name.endsWith(ENDING));
    } catch (cause) {
      if (isMissing(cause)) return [];
      throw new SedgeError('STATE_UNREADABLE', `${this.#path} cannot be read`, { cause, expose: true });
    }
  }

  async #read(name: string): Promise<QuarantinedContent | undefined> {
    try {
      const entry = await readJsonIfThere(join(this.#path, name), quarantined);
      return entry === undefined || name === `${entry.key}${ENDING}` ? entry : undefined;
    } catch (error) {
      this.#log.warn('a damaged entry of the quarantine is ignored', { name, error });
      return undefined;
    }
  }

  #fileOf(key: string): string {
    return join(this.#path, `${key}${ENDING}`);
  }
}
