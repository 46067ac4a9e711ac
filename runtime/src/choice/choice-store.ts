import { readFile } from 'node:fs/promises';
import { type Log, TaskQueue, writeFileAtomic } from '@sedge/kit';
import { type EngineChoice, engineChoice } from '@sedge/protocol';

export interface ChoiceStoreOptions {
  readonly path: string;
  readonly log: Pick<Log, 'warn'>;
}

const ENTRIES_MAX = 256;
const WRITES_WAITING_MAX = 64;
const FORMAT = 1;

/** What was measured before, on disk: a restarted agent need not measure again. */
export class ChoiceStore {
  readonly #options: ChoiceStoreOptions;
  readonly #writes = new TaskQueue(WRITES_WAITING_MAX);
  #entries: Promise<Map<string, EngineChoice>> | undefined;

  constructor(options: ChoiceStoreOptions) {
    this.#options = options;
  }

  async get(key: string): Promise<EngineChoice | undefined> {
    return (await this.#load()).get(key);
  }

  /** The oldest entry goes when there are too many. A file that cannot be written only costs a measurement later. */
  async set(key: string, choice: EngineChoice): Promise<void> {
    const entries = await this.#load();
    entries.delete(key);
    entries.set(key, choice);
    for (const oldest of [...entries.keys()].slice(0, Math.max(0, entries.size - ENTRIES_MAX))) entries.delete(oldest);
    await this.#writes.run(() => this.#write(entries));
  }

  async #write(entries: ReadonlyMap<string, EngineChoice>): Promise<void> {
    const { path, log } = this.#options;
    try {
      await writeFileAtomic(path, JSON.stringify({ format: FORMAT, choices: [...entries] }));
    } catch (error) {
      log.warn('the choices of engines could not be kept', { path, error });
    }
  }

  #load(): Promise<Map<string, EngineChoice>> {
    return (this.#entries ??= readChoices(this.#options));
  }
}

async function readChoices({ path, log }: ChoiceStoreOptions): Promise<Map<string, EngineChoice>> {
  try {
    return new Map(entriesOf(JSON.parse(await readFile(path, 'utf8'))));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    log.warn('the choices of engines could not be read and are made anew', { path, error });
    return new Map();
  }
}

/** Throws for a file that is not what `#write` writes. */
function entriesOf(content: unknown): [string, EngineChoice][] {
  const { format, choices } = content as { format?: unknown; choices?: unknown };
  if (format !== FORMAT || !Array.isArray(choices)) throw new Error('it is no list of choices');
  return choices.slice(-ENTRIES_MAX).map((entry: unknown) => {
    const [key, choice] = entry as [unknown, unknown];
    return [String(key), engineChoice.parse(choice)];
  });
}
