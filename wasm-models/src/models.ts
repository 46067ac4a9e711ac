import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The models of this package. */
export const modelIds = ['mlp', 'anomaly', 'image'] as const;
export type ModelId = (typeof modelIds)[number];

export interface BuiltModel {
  /** Hash of all sources that the component was built from. */
  readonly sources: string;
  /** `sha256:` and hex, of the component. */
  readonly digest: string;
  readonly bytes: number;
  /** The world of wit/model.wit that it implements. */
  readonly world: string;
}

// This file lies one level below the package, as source and as built output.
const distFolder = fileURLToPath(new URL('../dist', import.meta.url));

export const digestsPath = join(distFolder, 'digests.json');

export function isModelId(name: string): name is ModelId {
  return modelIds.some((id) => id === name);
}

export function modelPath(id: ModelId): string {
  return join(distFolder, `${id}.wasm`);
}

/** The component, as the build left it. */
export async function readModel(id: ModelId): Promise<Uint8Array> {
  return new Uint8Array(await readFile(modelPath(id)));
}

/** Digests of all built models; empty before the first build. */
export async function readDigests(): Promise<Partial<Record<ModelId, BuiltModel>>> {
  const text = await readFile(digestsPath, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '{}';
    throw error;
  });
  return JSON.parse(text) as Partial<Record<ModelId, BuiltModel>>;
}

/** The digest of a built model. Throws before the first build. */
export async function modelDigest(id: ModelId): Promise<string> {
  const built = (await readDigests())[id];
  if (built === undefined) throw new Error(`the model ${id} is not built yet: run "npm run build"`);
  return built.digest;
}
