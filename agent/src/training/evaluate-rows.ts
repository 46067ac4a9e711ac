import { limits, SedgeError, type ModelManifest, type Tensor } from '@sedge/protocol';
import type { Evaluation, ModelFiles } from '@sedge/runtime';
import type { OpenHosts } from '../models/model-hosts.ts';

export interface RowsToEvaluate {
  /** For the open model, unlike that of any other. */
  readonly id: string;
  readonly files: ModelFiles;
  readonly manifest: ModelManifest;
  readonly examples: readonly Tensor[];
  readonly signal: AbortSignal;
}

/** Opens a model beside those that serve, scores rows with it, and closes it. */
export type EvaluateRows = (rows: RowsToEvaluate, group: string) => Promise<Evaluation>;

const BATCH_ROWS = 256;

export function rowEvaluator(hosts: OpenHosts): EvaluateRows {
  return async ({ examples, files, id, manifest, signal }, group) => {
    // Only here: an agent that evaluates nothing does without the runtime.
    const { evaluateClassifier, fitFeatures } = await import('@sedge/runtime');
    const [features, labels] = examples;
    if (features === undefined || labels === undefined) throw new SedgeError('DATASET_MISMATCH', 'no labels to score');
    await hosts.open(id, files, group);
    try {
      const rows = { features: fitFeatures(manifest.functions, features), labels: labelsOf(labels) };
      const options = { timeoutMs: limits.inferTimeoutMs, signal };
      return await evaluateClassifier(hosts, id, { ...rows, batchRows: BATCH_ROWS }, options);
    } finally {
      await hosts.close(id);
    }
  };
}

function labelsOf({ data }: Tensor): Int32Array {
  return new Int32Array(data.slice().buffer);
}
