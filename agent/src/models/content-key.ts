import { digestHexOf, type ModelManifest } from '@sedge/protocol';

/** The bytes of a model, whatever it is called: what a quarantine and a shared host go by. Good for a file name. */
export function contentKey({ artifact, weights }: Pick<ModelManifest, 'artifact' | 'weights'>): string {
  const code = digestHexOf(artifact.digest);
  return weights === undefined ? code : `${code}-${digestHexOf(weights.digest)}`;
}
