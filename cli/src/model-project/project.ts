import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { modelManifest, SedgeError } from '@sedge/protocol';
import { LANGUAGES, WORLDS } from '@sedge/wasm-models';
import { z } from 'zod';
import { issueWords } from '../words.ts';

/** What `model.json` says of a model. */
export const projectFile = z.strictObject({
  name: modelManifest.shape.name,
  language: z.enum(LANGUAGES),
  world: z.enum(WORLDS).default('edge-model'),
  /** Named arrays as safetensors, beside model.json; a model that carries its own has none. */
  weights: z.string().min(1).optional(),
  labels: modelManifest.shape.labels,
  description: modelManifest.shape.description,
  licence: modelManifest.shape.licence,
});
export type ProjectFile = z.infer<typeof projectFile>;

export interface ModelProject extends ProjectFile {
  readonly folder: string;
}

const PROJECT_FILE = 'model.json';

/** The project in a folder. Throws MODEL_PROJECT_INVALID. */
export async function readProject(folder: string): Promise<ModelProject> {
  const path = join(folder, PROJECT_FILE);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw invalid(`${path} cannot be read`, cause);
  });
  const parsed = projectFile.safeParse(jsonOf(text, path));
  if (parsed.success) return { ...parsed.data, folder };
  throw invalid(`${path}: ${issueWords(parsed.error)}`);
}

/** Where the build leaves the component. */
export function componentPath({ folder }: Pick<ModelProject, 'folder'>): string {
  return join(folder, 'dist', 'model.wasm');
}

/** The path of the weights, if the project has any. */
export function weightsPath({ folder, weights }: ModelProject): string | undefined {
  return weights === undefined ? undefined : join(folder, weights);
}

/** A model's name from that of its folder; undefined if there is none in it. */
export function nameOfFolder(folder: string): string | undefined {
  const words = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return words === '' ? undefined : words.slice(0, 64);
}

function jsonOf(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(`${path} is not JSON`, cause);
  }
}

function invalid(detail: string, cause?: unknown): SedgeError {
  return new SedgeError('MODEL_PROJECT_INVALID', detail, { cause, expose: true });
}
