import {
  decodeSafetensors,
  type DatasetName,
  type Digest,
  float32Tensor,
  limits,
  type ModelManifest,
} from '@sedge/protocol';
import { evaluateClassifier, fitFeatures, type ModelFiles, type ModelHost } from '@sedge/runtime';
import type { Datasets } from '../datasets/datasets.ts';
import type { Content, Evaluator } from '../federation/ports.ts';
import type { Metrics } from '../federation/round-state.ts';

export interface HostEvaluatorOptions {
  /** A process beside this one: a model must never run in the coordinator's own. */
  readonly host: ModelHost;
  readonly datasets: Pick<Datasets, 'get' | 'load'>;
  readonly content: Pick<Content, 'get'>;
  /** Where the host finds a file: it reads and checks it itself. */
  readonly pathOf: (digest: Digest) => string;
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
    const { examples, featureShape, features, labels } = await this.#options.datasets.load(input.dataset);
    const id = `${input.manifest.name}/${input.weights}`;
    const { host } = this.#options;
    await host.open(id, await this.#filesOf(input));
    try {
      const rows = float32Tensor('features', [examples, ...featureShape], features);
      const tensor = fitFeatures(input.manifest.functions, rows);
      const labelled = { features: tensor, labels, batchRows: BATCH_ROWS };
      return await evaluateClassifier(host, id, labelled, { timeoutMs: limits.inferTimeoutMs });
    } finally {
      await host.close(id);
    }
  }

  async #filesOf({ manifest, weights }: { manifest: ModelManifest; weights: Digest }): Promise<ModelFiles> {
    const { content, pathOf } = this.#options;
    const { artifact, format } = manifest;
    const files = { format, artifact: { path: pathOf(artifact.digest), digest: artifact.digest } };
    if (weights === artifact.digest) return files;
    return { ...files, weights: decodeSafetensors(await content.get(weights)) };
  }
}
