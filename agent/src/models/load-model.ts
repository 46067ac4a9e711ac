import type { Log } from '@sedge/kit';
import {
  asSedgeError,
  modelKey,
  type ContentRef,
  type EngineChoice,
  type ModelManifest,
  type TrustedModel,
} from '@sedge/protocol';
import type { ChooseOptions, ModelFiles } from '@sedge/runtime';
import type { BlobCache } from './blob-cache.ts';
import type { BlobFetcher } from './blob-fetcher.ts';
import type { BlobSource } from './blob-source.ts';
import type { LoadedModel, LoadModel, LoadRequest } from './loaded-model.ts';
import type { ModelPool } from './model-pool.ts';

export interface LoadModelOptions {
  readonly pool: Pick<ModelPool, 'acquire'>;
  readonly choose: (files: ModelFiles, digest: ContentRef['digest'], options: ChooseOptions) => Promise<EngineChoice>;
  /** Throws MODEL_QUARANTINED. */
  readonly refuseQuarantined: (manifest: ModelManifest) => void;
  readonly cache: Pick<BlobCache, 'dropIfAltered'>;
  readonly fetcher: Pick<BlobFetcher, 'ensure'>;
  /** The roads of the identity that wants the model. */
  readonly sources: readonly BlobSource[];
  readonly log: Pick<Log, 'warn'>;
}

/** Loads models of one identity: check, pull, choose an engine, open. */
export function modelLoader(options: LoadModelOptions): LoadModel {
  return async (trusted, request) => {
    options.refuseQuarantined(trusted.manifest);
    const files = await pull(options, trusted, request);
    try {
      return await open(options, trusted, files, request);
    } catch (error) {
      if (!(await wasAltered(options, trusted.manifest, error))) throw error;
      return open(options, trusted, await pull(options, trusted, request), request);
    }
  };
}

async function open(
  { choose, pool }: LoadModelOptions,
  trusted: TrustedModel,
  files: ModelFiles,
  { pin, signal, onStage }: LoadRequest,
): Promise<LoadedModel> {
  onStage('loading');
  const choice = await choose(files, trusted.manifest.artifact.digest, { pin, signal });
  signal.throwIfAborted();
  return pool.acquire(trusted, choice, files);
}

/** The host checks content as it reads it. What a broken card or another program altered is pulled anew, once. */
async function wasAltered(options: LoadModelOptions, manifest: ModelManifest, cause: unknown): Promise<boolean> {
  const { code } = asSedgeError(cause);
  if (code !== 'DIGEST_MISMATCH' && code !== 'BLOB_NOT_FOUND') return false;
  const dropped: boolean[] = [];
  for (const { digest } of contentsOf(manifest)) dropped.push(await options.cache.dropIfAltered(digest));
  if (!dropped.includes(true)) return false;
  options.log.warn('cached content was altered and is pulled anew', { model: modelKey(manifest) });
  return true;
}

/** The files of a manifest in the cache, each with the digest that the manifest names. */
async function pull(
  { fetcher, sources }: LoadModelOptions,
  { manifest }: TrustedModel,
  { signal, onStage, onPulled }: LoadRequest,
): Promise<ModelFiles> {
  onStage('pulling');
  const paths = new Map<ContentRef, string>();
  let beforeBytes = 0;
  for (const content of contentsOf(manifest)) {
    const { digest, sizeBytes } = content;
    const onBytes = (doneBytes: number): void => onPulled(beforeBytes + doneBytes);
    paths.set(content, await fetcher.ensure({ digest, bytesMax: sizeBytes }, sources, signal, onBytes));
    beforeBytes += sizeBytes;
  }
  const fileOf = (content: ContentRef) => ({ path: paths.get(content) ?? '', digest: content.digest });
  const { format, artifact, weights } = manifest;
  return { format, artifact: fileOf(artifact), ...(weights && { weights: fileOf(weights) }) };
}

export function contentsOf({ artifact, weights }: Pick<ModelManifest, 'artifact' | 'weights'>): ContentRef[] {
  return weights === undefined ? [artifact] : [artifact, weights];
}

/** Keeps the content of a desired model in the cache, whether it is loaded or not, until the answer is called. */
export function pinContent(cache: Pick<BlobCache, 'pin' | 'unpin'>, manifest: ModelManifest): () => void {
  const digests = contentsOf(manifest).map(({ digest }) => digest);
  for (const digest of digests) cache.pin(digest);
  let isPinned = true;
  return () => {
    if (!isPinned) return;
    isPinned = false;
    for (const digest of digests) cache.unpin(digest);
  };
}
