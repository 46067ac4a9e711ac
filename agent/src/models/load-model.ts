import { decodeSafetensors, type ContentRef, type ModelManifest } from '@sedge/protocol';
import type { ModelFiles } from '@sedge/runtime';
import type { BlobCache } from './blob-cache.ts';
import type { BlobFetcher } from './blob-fetcher.ts';
import type { BlobSource } from './blob-source.ts';
import type { LoadModel } from './loaded-model.ts';
import type { ModelPool } from './model-pool.ts';

export interface LoadModelOptions {
  readonly cache: Pick<BlobCache, 'pin' | 'unpin'>;
  readonly fetcher: Pick<BlobFetcher, 'fetch'>;
  /** The roads of the identity that wants the model. */
  readonly sources: readonly BlobSource[];
}

/** Loads models of one identity: their files are pinned in the cache for as long as they are loaded. */
export function modelLoader(pool: ModelPool, options: LoadModelOptions): LoadModel {
  return async (manifest, onStage, signal) => {
    const unpin = pinFiles(options.cache, manifest);
    try {
      onStage('pulling');
      for (const content of contentsOf(manifest)) await fetchContent(options, content, signal);
      onStage('loading');
      const model = await pool.acquire(manifest, () => readFiles(options, manifest, signal));
      return {
        ...model,
        async release() {
          unpin();
          await model.release();
        },
      };
    } catch (error) {
      unpin();
      throw error;
    }
  };
}

/** The files of a manifest, each with the digest that the manifest names. Throws MODEL_INVALID for broken weights. */
async function readFiles(options: LoadModelOptions, manifest: ModelManifest, signal: AbortSignal): Promise<ModelFiles> {
  const { format, artifact, weights } = manifest;
  const code = await fetchContent(options, artifact, signal);
  if (weights === undefined) return { format, artifact: code };
  return { format, artifact: code, weights: decodeSafetensors(await fetchContent(options, weights, signal)) };
}

export function fetchContent(
  { fetcher, sources }: Pick<LoadModelOptions, 'fetcher' | 'sources'>,
  { digest, sizeBytes }: ContentRef,
  signal: AbortSignal,
): Promise<Uint8Array> {
  return fetcher.fetch({ digest, bytesMax: sizeBytes }, sources, signal);
}

function contentsOf({ artifact, weights }: ModelManifest): ContentRef[] {
  return weights === undefined ? [artifact] : [artifact, weights];
}

function pinFiles(cache: LoadModelOptions['cache'], manifest: ModelManifest): () => void {
  const digests = contentsOf(manifest).map(({ digest }) => digest);
  for (const digest of digests) cache.pin(digest);
  let isPinned = true;
  return () => {
    if (!isPinned) return;
    isPinned = false;
    for (const digest of digests) cache.unpin(digest);
  };
}
