import { lstat, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@sedge/kit';
import { SedgeError, type ParameterSpec } from '@sedge/protocol';
import type { TrainingOutcome } from '@sedge/runtime';
import { isMissing } from '../storage/read-file.ts';
import { encodeNpy } from './encode-npy.ts';
import { encodeWeights, trainerConfig, type TrainerJob, type TrainerPaths } from './trainer-job.ts';
import { METRICS_BYTES_MAX, resultBytesMax, trainerOutcome } from './trainer-result.ts';

/** The folder of one round, which only the user of the agent may read; it goes with its scope, whatever is in it. */
export class JobFolder implements AsyncDisposable {
  readonly path: string;
  readonly #log: Pick<Log, 'warn'>;

  private constructor(path: string, log: Pick<Log, 'warn'>) {
    this.path = path;
    this.#log = log;
  }

  static async make(root: string, log: Pick<Log, 'warn'>): Promise<JobFolder> {
    await mkdir(root, { recursive: true, mode: 0o700 });
    // mkdtemp gives it the mode 0700.
    return new JobFolder(await mkdtemp(join(root, 'round-')), log);
  }

  get config(): string {
    return join(this.path, 'config.json');
  }

  /** Weights, examples, and last of all the configuration. */
  async write(job: TrainerJob, timeoutMs: number): Promise<void> {
    const [features, labels] = job.examples;
    const paths = this.#paths;
    await writeFile(paths.weights, encodeWeights(job));
    if (features !== undefined) await writeFile(paths.features, encodeNpy(features));
    if (labels !== undefined) await writeFile(paths.labels, encodeNpy(labels));
    await writeFile(this.config, `${JSON.stringify(trainerConfig(job, timeoutMs, paths), undefined, 2)}\n`);
  }

  /** Throws TRAINER_FAILED where there is no result, and what `trainerOutcome` throws. */
  async outcome(parameters: readonly ParameterSpec[]): Promise<TrainingOutcome> {
    const { result, metrics } = this.#paths;
    const bytes = await readRegular(result, resultBytesMax(parameters));
    if (bytes === undefined) throw new SedgeError('TRAINER_FAILED', 'it left no result.safetensors', { expose: true });
    return trainerOutcome(parameters, bytes, await readRegular(metrics, METRICS_BYTES_MAX));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await rm(this.path, { recursive: true, force: true, maxRetries: 3 });
    } catch (error) {
      // A program may have left what its user may not remove; the round is none the worse for it.
      this.#log.warn('the folder of a trainer cannot be removed', { path: this.path, error });
    }
  }

  get #paths(): TrainerPaths {
    const at = (name: string): string => join(this.path, name);
    return {
      weights: at('weights.safetensors'),
      features: at('features.npy'),
      labels: at('labels.npy'),
      result: at('result.safetensors'),
      metrics: at('metrics.json'),
    };
  }
}

/** Undefined where there is none. A pipe would be read for ever, and a link may lead anywhere. */
async function readRegular(path: string, bytesMax: number): Promise<Uint8Array | undefined> {
  const found = await lstat(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (found === undefined) return undefined;
  if (!found.isFile()) throw new SedgeError('UPDATE_INVALID', `${path} is no regular file`);
  if (found.size <= bytesMax) return readFile(path);
  throw new SedgeError('UPDATE_INVALID', `the trainer left ${found.size} bytes, at most ${bytesMax} are taken`, {
    expose: true,
  });
}
