import { stat } from 'node:fs/promises';
import { RecentMap } from '@sedge/kit';
import { SedgeError, type DatasetName, type Tensor } from '@sedge/protocol';
import type { DatasetRegistry } from '../datasets/registry.ts';

/** What a model trains on. */
export interface TrainingExamples {
  readonly tensors: readonly Tensor[];
  readonly count: number;
}

interface Held {
  readonly stamp: string;
  readonly examples: TrainingExamples;
}

/** Larger data sets are read again for each round. */
const HELD_BYTES_MAX = 16 * 1024 * 1024;
const HELD_SETS_MAX = 4;

/** The examples of one identity. Reading a file takes longer than a round of training on it, so small sets are kept. */
export class HeldExamples {
  readonly #registry: DatasetRegistry;
  readonly #held = new RecentMap<DatasetName, Held>(HELD_SETS_MAX);

  constructor(registry: DatasetRegistry) {
    this.#registry = registry;
  }

  /** Throws DATASET_NOT_FOUND, DATASET_INVALID, and DATASET_MISMATCH for a set without labels. */
  async open(name: DatasetName): Promise<TrainingExamples> {
    const stamp = await this.#stamp(name);
    const held = this.#held.get(name);
    if (held?.stamp === stamp) return held.examples;
    const { features, labels, count } = await this.#registry.open(name);
    if (labels === undefined) {
      throw new SedgeError('DATASET_MISMATCH', `${name} has no labels to train on`, { expose: true });
    }
    const examples = { tensors: [features, labels], count };
    if (features.data.byteLength <= HELD_BYTES_MAX) this.#held.set(name, { stamp, examples });
    return examples;
  }

  /** Changes with the binding and with every file under it. */
  async #stamp(name: DatasetName): Promise<string> {
    const { binding, checksums } = await this.#registry.get(name);
    const files = await Promise.all(checksums.map(({ path }) => stat(path).catch(() => undefined)));
    return JSON.stringify([binding, files.map((file) => [file?.size, file?.mtimeMs, file?.ino])]);
  }
}
