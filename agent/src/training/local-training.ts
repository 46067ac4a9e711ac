import {
  decodeSafetensors,
  limits,
  parameterCount,
  type Crypto,
  type Digest,
  type ModelManifest,
  type ModelRef,
  type NodeId,
  type DatasetName,
  type RoundOffer,
  type TrustedModel,
} from '@sedge/protocol';
import type { HostGroups, TrainingConfig } from '@sedge/runtime';
import { contentKey } from '../models/content-key.ts';
import { batchSeed } from './batch-seed.ts';
import { checkOffer } from './check-offer.ts';
import { deltaOf } from './delta.ts';
import type { TrainingExamples } from './held-examples.ts';
import type { Trained } from './update.ts';

/** What training on one node needs of the rest of it. */
export interface LocalTrainingOptions {
  readonly node: NodeId;
  readonly crypto: Pick<Crypto, 'sha256'>;
  /** A version by its signed manifest. Throws MODEL_NOT_LOADED, SIGNATURE_INVALID, PUBLISHER_UNKNOWN, MODEL_QUARANTINED. */
  readonly model: (ref: ModelRef) => Promise<TrustedModel>;
  /** Throws DATASET_NOT_FOUND, DATASET_INVALID, DATASET_MISMATCH. */
  readonly examples: (name: DatasetName) => Promise<TrainingExamples>;
  /** Content by digest, from the cache or pulled. */
  readonly content: (digest: Digest, bytesMax: number, signal: AbortSignal) => Promise<Uint8Array>;
  /** The same, as the path of a file that the host reads and checks. */
  readonly contentPath: (digest: Digest, bytesMax: number, signal: AbortSignal) => Promise<string>;
  /** These weights are in the cache now, and of no use after the round. */
  readonly noteRoundWeights: (digest: Digest) => Promise<void>;
  readonly train: HostGroups['train'];
}

/** The work of one offer, step by step: what it needs, then the training, then the difference. */
export class LocalTraining {
  readonly #options: LocalTrainingOptions;

  constructor(options: LocalTrainingOptions) {
    this.#options = options;
  }

  /** Whether this node can take part at all. Throws what stands in the way. */
  async check(offer: RoundOffer): Promise<TrustedModel> {
    await this.#options.examples(offer.dataset);
    const trusted = await this.#options.model(offer.model);
    checkOffer(offer, trusted.manifest);
    return trusted;
  }

  /** Brings what the training takes into the cache. */
  async pull(offer: RoundOffer, { manifest }: TrustedModel, signal: AbortSignal): Promise<void> {
    const { content, contentPath } = this.#options;
    await contentPath(manifest.artifact.digest, manifest.artifact.sizeBytes, signal);
    await content(offer.weights, weightsBytesMax(manifest), signal);
    await this.#options.noteRoundWeights(offer.weights);
  }

  /** Throws TRAINING_STOPPED when the signal aborts, UPDATE_INVALID when training diverged, and what the host throws. */
  async train(offer: RoundOffer, { manifest, publisher }: TrustedModel, signal: AbortSignal): Promise<Trained> {
    const { content, contentPath, examples, train } = this.#options;
    const { digest, sizeBytes } = manifest.artifact;
    const artifact = { path: await contentPath(digest, sizeBytes, signal), digest };
    const weights = decodeSafetensors(await content(offer.weights, weightsBytesMax(manifest), signal));
    const { tensors, count } = await examples(offer.dataset);
    const files = { format: manifest.format, artifact };
    const job = { files, weights, examples: tensors, config: this.#configOf(offer) };
    const id = contentKey(manifest);
    const outcome = await train(job, { timeoutMs: offer.timeoutMs, signal, id }, publisher);
    return { delta: deltaOf(offer.parameters, weights, outcome.weights), examples: count, metrics: outcome.metrics };
  }

  #configOf(offer: RoundOffer): TrainingConfig {
    return { ...offer.local, seed: batchSeed(this.#options.crypto, offer, this.#options.node) };
  }
}

/** Round weights have the parameters of the model and little else. */
function weightsBytesMax({ parameters = [], weights }: ModelManifest): number {
  return Math.max(weights?.sizeBytes ?? 0, 4 * parameterCount(parameters)) + limits.frameHeadBytesMax;
}
