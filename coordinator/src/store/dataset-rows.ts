import type { DatasetRecord, DatasetStore } from '../datasets/datasets.ts';
import type { Database } from './database.ts';
import { datasets } from './durable-schema.ts';

/** Names of evaluation data sets; their content is a blob. */
export class DatasetRows implements DatasetStore {
  readonly #durable: Database;

  constructor(durable: Database) {
    this.#durable = durable;
  }

  async loadDatasets(): Promise<DatasetRecord[]> {
    return this.#durable.read.select().from(datasets);
  }

  async addDataset({ featureShape, ...record }: DatasetRecord): Promise<void> {
    await this.#durable.write((queries) =>
      queries.insert(datasets).values({ ...record, featureShape: [...featureShape] }),
    );
  }
}
