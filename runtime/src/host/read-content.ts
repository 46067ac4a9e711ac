import { readFile } from 'node:fs/promises';
import { sha256 } from '@sedge/kit/sha256';
import { decodeSafetensors, digestOf, SedgeError, type Tensor } from '@sedge/protocol/core';
import type { ContentFile, ModelContent, ModelFiles } from '../engine.ts';

/** Reads what lies on disk and checks it, as the first step of opening a model. Throws DIGEST_MISMATCH, BLOB_NOT_FOUND. */
export async function readContent({ format, artifact, weights, provider }: ModelFiles): Promise<ModelContent> {
  return {
    format,
    artifact: isFile(artifact) ? await readChecked(artifact) : artifact,
    ...(weights && { weights: await readWeights(weights) }),
    ...(provider !== undefined && { provider }),
  };
}

async function readWeights(weights: readonly Tensor[] | ContentFile): Promise<readonly Tensor[]> {
  return isFile(weights) ? decodeSafetensors(await readChecked(weights)) : weights;
}

async function readChecked({ path, digest }: ContentFile): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new SedgeError('BLOB_NOT_FOUND', `${digest} cannot be read`, { cause });
  });
  const found = digestOf({ sha256 }, bytes);
  if (found !== digest) {
    throw new SedgeError('DIGEST_MISMATCH', `the file of ${digest} has the digest ${found}`, { expose: true });
  }
  // Not a Buffer, whose slices are views.
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function isFile(content: Uint8Array | readonly Tensor[] | ContentFile): content is ContentFile {
  return 'path' in content;
}
