import { type DatasetName, type Digest, SedgeError } from '@sedge/protocol';
import type { DatasetView } from '@sedge/protocol/routes';
import { type Clock, TaskQueue } from '@sedge/kit';
import type { AppendToLedger } from '../ledger/ledger.ts';
import { decodeEvaluationSet, type EvaluationSet } from './evaluation-set.ts';

export interface DatasetRecord {
  readonly name: DatasetName;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly examples: number;
  readonly featureShape: readonly number[];
  readonly classes: number;
  readonly addedAtMs: number;
}

export interface DatasetStore {
  loadDatasets(): Promise<DatasetRecord[]>;
  addDataset(record: DatasetRecord): Promise<void>;
}

export interface DatasetContent {
  /** Undefined for content that is not there. */
  sizeOf(digest: Digest): Promise<number | undefined>;
  /** Throws BLOB_NOT_FOUND, and PAYLOAD_TOO_LARGE for content longer than `bytesMax`. */
  read(digest: Digest, bytesMax: number): Promise<Uint8Array>;
}

export interface DatasetsOptions {
  readonly store: DatasetStore;
  readonly content: DatasetContent;
  readonly clock: Pick<Clock, 'now'>;
  readonly append: AppendToLedger;
}

/** An evaluation set is held in memory while it is used. */
const DATASET_BYTES_MAX = 512 * 1024 * 1024;
const WAITING_MAX = 100;

/** Data sets for evaluations, held by the coordinator. What nodes hold stands with the nodes. */
export class Datasets {
  readonly #options: DatasetsOptions;
  readonly #records = new Map<DatasetName, DatasetRecord>();
  readonly #changes = new TaskQueue(WAITING_MAX);

  constructor(options: DatasetsOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    for (const record of await this.#options.store.loadDatasets()) this.#records.set(record.name, record);
  }

  /** Finishes the changes that wait. */
  stop(): Promise<void> {
    return this.#changes.close();
  }

  /** The same content again changes nothing. Throws BLOB_NOT_FOUND, DATASET_INVALID and DATASET_EXISTS. */
  add(name: DatasetName, digest: Digest): Promise<DatasetView> {
    return this.#changes.run(async () => {
      const known = this.#records.get(name);
      if (known?.digest === digest) return datasetView(known);
      if (known !== undefined) {
        throw new SedgeError('DATASET_EXISTS', `${name} has other content: ${known.digest}`, { expose: true });
      }
      const record = await this.#read(name, digest);
      await this.#options.append('dataset.added', { name, digest, examples: record.examples });
      await this.#options.store.addDataset(record);
      this.#records.set(name, record);
      return datasetView(record);
    });
  }

  /** By name. */
  list(): DatasetView[] {
    return [...this.#records.values()].sort((left, right) => (left.name < right.name ? -1 : 1)).map(datasetView);
  }

  /** Throws DATASET_NOT_FOUND. */
  get(name: DatasetName): DatasetRecord {
    const record = this.#records.get(name);
    if (record === undefined) {
      throw new SedgeError('DATASET_NOT_FOUND', `the coordinator holds no data set ${name}`, { expose: true });
    }
    return record;
  }

  /** The examples themselves, read anew each time. Throws DATASET_NOT_FOUND. */
  async load(name: DatasetName): Promise<EvaluationSet> {
    const { digest } = this.get(name);
    return decodeEvaluationSet(await this.#options.content.read(digest, DATASET_BYTES_MAX));
  }

  async #read(name: DatasetName, digest: Digest): Promise<DatasetRecord> {
    const file = await this.#options.content.read(digest, DATASET_BYTES_MAX);
    const { examples, featureShape, classes } = decodeEvaluationSet(file);
    const addedAtMs = this.#options.clock.now();
    return { name, digest, sizeBytes: file.byteLength, examples, featureShape, classes, addedAtMs };
  }
}

function datasetView({ digest, sizeBytes, addedAtMs, featureShape, ...record }: DatasetRecord): DatasetView {
  return {
    ...record,
    content: { digest, sizeBytes },
    featureShape: [...featureShape],
    addedAt: new Date(addedAtMs).toISOString(),
  };
}
