import {
  decodeSafetensors,
  type DatasetName,
  type Digest,
  float32Tensor,
  limits,
  type ModelManifest,
} from '@sedge/protocol';
import { evaluateClassifier, type ModelHost } from '@sedge/runtime';
import type { Datasets } from '../datasets/datasets.ts';
import type { Content, Evaluator } from '../federation/ports.ts';
import type { Metrics } from '../federation/round-state.ts';

export interface HostEvaluatorOptions {
  /** A process beside this one: a model must never run in the coordinator's own. */
  readonly host: ModelHost;
  readonly datasets: Pick<Datasets, 'get' | 'load'>;
  readonly content: Content;
}

/** Rows in one call: large enough to be quick, small enough for the deadline of one call. */
const BATCH_ROWS = 256;

/** Evaluates weights on data sets that the coordinator holds. */
export class HostEvaluator implements Evaluator {
  readonly #options: HostEvaluatorOptions;

  constructor(options: HostEvaluatorOptions) {
    this.#options = options;
  }

  check(dataset: DatasetName): void {
    this.#options.datasets.get(dataset);
  }

  async evaluate(input: { manifest: ModelManifest; weights: Digest; dataset: DatasetName }): Promise<Metrics> {
    const { content, datasets, host } = this.#options;
    const { examples, featureShape, features, labels } = await datasets.load(input.dataset);
    const id = `${input.manifest.name}/${input.weights}`;
    await host.open(id, {
      format: input.manifest.format,
      artifact: await content.get(input.manifest.artifact.digest),
      weights: decodeSafetensors(await content.get(input.weights)),
    });
    try {
      const tensor = float32Tensor('features', [examples, ...featureShape], features);
      const labelled = { features: tensor, labels, batchRows: BATCH_ROWS };
      const { accuracy, loss } = await evaluateClassifier(host, id, labelled, { timeoutMs: limits.inferTimeoutMs });
      return { accuracy, loss };
    } finally {
      await host.close(id);
    }
  }
}
