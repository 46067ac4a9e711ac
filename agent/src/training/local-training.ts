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
  type Tensor,
  type TrustedModel,
} from '@sedge/protocol';
import type { ContentFile, HostGroups, TrainingConfig, TrainingOptions, TrainingOutcome } from '@sedge/runtime';
import type { ExternalTrainingOptions } from '../external-trainer/external-trainers.ts';
import type { TrainerJob } from '../external-trainer/trainer-job.ts';
import { contentKey } from '../models/content-key.ts';
import { batchSeed } from './batch-seed.ts';
import { byteFeatures } from './byte-features.ts';
import { checkClasses } from './check-classes.ts';
import { checkOffer } from './check-offer.ts';
import { deltaOf } from './delta.ts';
import type { EvaluateRows } from './evaluate-rows.ts';
import type { TrainingExamples } from './held-examples.ts';
import { trainingConfig } from './training-config.ts';
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
  /** Trains with the program that the owner bound to the model; undefined where there is none. */
  readonly trainOutside: (job: TrainerJob, options: ExternalTrainingOptions) => Promise<TrainingOutcome | undefined>;
  readonly evaluate: EvaluateRows;
}

/** The work of one offer, step by step: what it needs, then the training or scoring, then what is sent of it. */
export class LocalTraining {
  readonly #options: LocalTrainingOptions;

  constructor(options: LocalTrainingOptions) {
    this.#options = options;
  }

  /** Whether this node can take part at all. Throws what stands in the way. */
  async check(offer: RoundOffer): Promise<TrustedModel> {
    const { tensors } = await this.#options.examples(offer.dataset);
    const trusted = await this.#options.model(offer.model);
    checkOffer(offer, trusted.manifest);
    checkClasses(trusted.manifest, tensors[1], offer.local?.loss);
    return trusted;
  }

  /** Brings what the work takes into the cache. */
  async pull(offer: RoundOffer, { manifest }: TrustedModel, signal: AbortSignal): Promise<void> {
    const { content, contentPath } = this.#options;
    await contentPath(manifest.artifact.digest, manifest.artifact.sizeBytes, signal);
    if (carriesItsOwn(offer, manifest)) return;
    await content(offer.weights, weightsBytesMax(manifest), signal);
    await this.#options.noteRoundWeights(offer.weights);
  }

  /**
   * Throws TRAINING_STOPPED when the signal aborts, UPDATE_INVALID when training diverged, and what the host throws.
   */
  async work(
    offer: RoundOffer,
    trusted: TrustedModel,
    signal: AbortSignal,
    onProgress: TrainingOptions['onProgress'],
  ): Promise<Trained> {
    const { local } = offer;
    if (local === undefined) return this.#evaluate(offer, trusted, signal);
    return this.#train({ ...offer, local }, trusted, { signal, ...(onProgress && { onProgress }) });
  }

  async #train(
    offer: TrainingOffer,
    { manifest, publisher }: TrustedModel,
    watch: Pick<TrainingOptions, 'onProgress'> & { readonly signal: AbortSignal },
  ): Promise<Trained> {
    const { examples, train, trainOutside } = this.#options;
    const artifact = await this.#artifact(manifest, watch.signal);
    const weights = await this.#weights(offer, manifest, watch.signal);
    const { tensors, count } = await examples(offer.dataset);
    const job = {
      files: { format: manifest.format, artifact },
      weights,
      examples: examplesFor(offer.local, tensors),
      config: this.#configOf(offer, weights),
    };
    const options = { timeoutMs: offer.timeoutMs, id: contentKey(manifest), ...watch };
    const outside = { offer, seed: job.config.seed, weights, examples: job.examples, count };
    const outcome = (await trainOutside(outside, options)) ?? (await train(job, options, publisher));
    return { delta: deltaOf(offer.parameters, weights, outcome.weights), examples: count, metrics: outcome.metrics };
  }

  /** Sums over the rows of this node, which add up with those of others. */
  async #evaluate(offer: RoundOffer, { manifest, publisher }: TrustedModel, signal: AbortSignal): Promise<Trained> {
    const { evaluate, examples } = this.#options;
    const artifact = await this.#artifact(manifest, signal);
    const weights = carriesItsOwn(offer, manifest) ? undefined : await this.#weights(offer, manifest, signal);
    const files = { format: manifest.format, artifact, ...(weights === undefined ? {} : { weights }) };
    const { tensors, count } = await examples(offer.dataset);
    const id = `evaluation/${offer.run}/${offer.round}`;
    const scored = await evaluate({ id, files, manifest, examples: tensors, signal }, publisher);
    const sums = [Math.round(scored.accuracy * count), scored.loss * count];
    return { delta: Float32Array.from(sums), examples: count, metrics: [] };
  }

  async #artifact({ artifact: { digest, sizeBytes } }: ModelManifest, signal: AbortSignal): Promise<ContentFile> {
    return { path: await this.#options.contentPath(digest, sizeBytes, signal), digest };
  }

  async #weights(offer: RoundOffer, manifest: ModelManifest, signal: AbortSignal): Promise<Tensor[]> {
    return decodeSafetensors(await this.#options.content(offer.weights, weightsBytesMax(manifest), signal));
  }

  #configOf(offer: TrainingOffer, weights: readonly Tensor[]): TrainingConfig {
    const names = offer.parameters.map(({ name }) => name);
    const trained = names.length === weights.length ? undefined : names;
    return trainingConfig(offer.local, batchSeed(this.#options.crypto, offer, this.#options.node), trained);
  }
}

type TrainingOffer = RoundOffer & { readonly local: NonNullable<RoundOffer['local']> };

/** What is only scored may have its weights in its own file: then the offer names that. */
function carriesItsOwn({ weights }: RoundOffer, { artifact }: ModelManifest): boolean {
  return weights === artifact.digest;
}

function examplesFor({ inputScale }: TrainingOffer['local'], tensors: readonly Tensor[]): readonly Tensor[] {
  if (inputScale === undefined) return tensors;
  return tensors.map((tensor) => (tensor.name === 'features' ? byteFeatures(tensor) : tensor));
}

/** Round weights have the parameters of the model and little else. */
function weightsBytesMax({ parameters = [], weights }: ModelManifest): number {
  return Math.max(weights?.sizeBytes ?? 0, 4 * parameterCount(parameters)) + limits.frameHeadBytesMax;
}
