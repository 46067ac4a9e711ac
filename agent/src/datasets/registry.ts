import { mkdir, open as openFile, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@sedge/kit';
import { type DatasetName, datasetName, heldDataset, type HeldDataset, SedgeError } from '@sedge/protocol';
import { z } from 'zod';
import { type DatasetBinding, datasetBinding, parseBinding } from './binding.ts';
import { invalidDataset } from './invalid-dataset.ts';
import { type FileChecksum, openDataset, type OpenDataset } from './open.ts';

/** What is stored per data set: the binding, and what was found when it was added. */
const storedDataset = z.strictObject({
  format: z.literal(1),
  binding: datasetBinding,
  held: heldDataset,
  checksums: z.array(z.strictObject({ path: z.string(), sha256: z.string() })),
});
export type StoredDataset = z.infer<typeof storedDataset>;

export interface DatasetRegistryOptions {
  /** One JSON file per data set lies here; made when the first one is added. */
  readonly folder: string;
  readonly log: Pick<Log, 'warn'>;
}

const SUFFIX = '.json';

/** The data sets of one identity, on disk: a command adds them while the agent runs. */
export class DatasetRegistry {
  readonly #folder: string;
  readonly #log: Pick<Log, 'warn'>;

  constructor({ folder, log }: DatasetRegistryOptions) {
    this.#folder = folder;
    this.#log = log;
  }

  /**
   * Reads the whole source first, so that nothing unusable is ever stored. Throws DATASET_INVALID, and DATASET_EXISTS
   * for a name that is taken unless `replace` is set.
   */
  async add(value: unknown, { replace = false } = {}): Promise<HeldDataset> {
    const binding = parseBinding(value);
    if (!replace && (await this.#read(binding.name)) !== undefined) {
      throw new SedgeError('DATASET_EXISTS', `${binding.name} is bound already`, { expose: true });
    }
    const { count, checksums } = await openDataset(binding);
    const held = describe(binding, count);
    await this.#write({ format: 1, binding, held, checksums: [...checksums] });
    return held;
  }

  /** In the order of their names. A file that cannot be read is left out and told to the log. */
  async list(): Promise<StoredDataset[]> {
    const found = await Promise.all((await this.#names()).map((name) => this.#readOrWarn(name)));
    return found.filter((stored) => stored !== undefined);
  }

  /** Throws DATASET_NOT_FOUND. */
  async get(name: DatasetName): Promise<StoredDataset> {
    const stored = await this.#read(name);
    if (stored === undefined) throw notFound(name);
    return stored;
  }

  /** The examples. Throws DATASET_INVALID when a file is no longer the one that was added. */
  async open(name: DatasetName): Promise<OpenDataset> {
    const { binding, checksums } = await this.get(name);
    const opened = await openDataset(binding);
    const changed = changedFile(checksums, opened.checksums);
    if (changed === undefined) return opened;
    // Row lists and the counts that the coordinator was told hold for the old content only.
    throw invalidDataset(`${changed} has changed since ${name} was added; add it again with --replace`);
  }

  /** Throws DATASET_NOT_FOUND. The owner's files stay. */
  async remove(name: DatasetName): Promise<void> {
    await this.get(name);
    await rm(this.#path(name));
  }

  async #names(): Promise<DatasetName[]> {
    const entries = await readdir(this.#folder).catch(emptyWhenMissing<string[]>([]));
    const names = entries.filter((entry) => entry.endsWith(SUFFIX)).map((entry) => entry.slice(0, -SUFFIX.length));
    return names.filter((name): name is DatasetName => datasetName.safeParse(name).success).sort();
  }

  async #readOrWarn(name: DatasetName): Promise<StoredDataset | undefined> {
    try {
      return await this.#read(name);
    } catch (error) {
      this.#log.warn('a stored data set cannot be read', { dataset: name, error: String(error) });
      return undefined;
    }
  }

  async #read(name: DatasetName): Promise<StoredDataset | undefined> {
    const path = this.#path(name);
    const text = await readFile(path, 'utf8').catch(emptyWhenMissing<undefined>(undefined));
    return text === undefined ? undefined : parseStored(path, text);
  }

  /** Complete or not at all: a power cut leaves the old file or the new one. */
  async #write(stored: StoredDataset): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const path = this.#path(stored.binding.name);
    const partial = `${path}.partial`;
    const file = await openFile(partial, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(stored, undefined, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  }

  #path(name: DatasetName): string {
    return join(this.#folder, `${name}${SUFFIX}`);
  }
}

/** All that ever leaves the node. */
function describe({ name, schema }: DatasetBinding, examples: number): HeldDataset {
  return { name, examples, featureShape: schema.features.shape, classes: schema.classes.length };
}

function parseStored(path: string, text: string): StoredDataset {
  try {
    return storedDataset.parse(JSON.parse(text));
  } catch (error) {
    throw invalidDataset(`${path} is damaged; remove it and add the data set again`, error);
  }
}

function changedFile(before: readonly FileChecksum[], now: readonly FileChecksum[]): string | undefined {
  const sums = new Map(before.map(({ path, sha256 }) => [path, sha256]));
  return now.find(({ path, sha256 }) => sums.get(path) !== sha256)?.path;
}

function emptyWhenMissing<Value>(empty: Value): (error: unknown) => Value {
  return (error) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return empty;
    throw error;
  };
}

function notFound(name: string): SedgeError {
  return new SedgeError('DATASET_NOT_FOUND', `no data set is bound under the name ${name}`, { expose: true });
}
