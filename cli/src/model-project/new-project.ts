import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { encodeSafetensors, float32Tensor, modelName, SedgeError } from '@sedge/protocol';
import { templateFolder, type Language } from '@sedge/wasm-models';
import { nameOfFolder, type ProjectFile } from './project.ts';
import { readme } from './readme.ts';

export interface NewProject {
  readonly folder: string;
  readonly language: Language;
  /** The folder's own name if nothing is said. */
  readonly name?: string | undefined;
}

export interface CreatedProject {
  readonly folder: string;
  readonly project: ProjectFile;
  readonly files: readonly string[];
}

const WEIGHTS = 'weights.safetensors';

/** A project that builds and runs as it is. Throws MODEL_PROJECT_EXISTS, USAGE. */
export async function createProject({ folder, language, name }: NewProject): Promise<CreatedProject> {
  const project: ProjectFile = {
    name: nameOf(folder, name),
    language,
    world: 'edge-model',
    weights: WEIGHTS,
    description: 'Scores rows of readings between 0 and 1',
    licence: 'Apache-2.0',
  };
  await makeEmptyFolder(folder);
  await cp(templateFolder(language), folder, { recursive: true });
  await writeFile(join(folder, 'model.json'), `${JSON.stringify(project, undefined, 2)}\n`);
  await writeFile(join(folder, WEIGHTS), exampleWeights());
  await writeFile(join(folder, 'input.json'), `${JSON.stringify(EXAMPLE_INPUT, undefined, 2)}\n`);
  await writeFile(join(folder, '.gitignore'), 'dist/\n');
  await writeFile(join(folder, 'README.md'), readme(project));
  return { folder, project, files: (await readdir(folder)).toSorted() };
}

function nameOf(folder: string, given: string | undefined): ProjectFile['name'] {
  const parsed = modelName.safeParse(given ?? nameOfFolder(resolve(folder)));
  if (parsed.success) return parsed.data;
  throw new SedgeError('USAGE', 'give the model a --name of a-z, 0-9 and -, at most 64 characters', { expose: true });
}

async function makeEmptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new SedgeError('MODEL_PROJECT_EXISTS', `${folder} is a file`, { cause, expose: true });
  });
  const [first] = await readdir(folder);
  if (first === undefined) return;
  throw new SedgeError('MODEL_PROJECT_EXISTS', `${folder} holds ${first}`, { expose: true });
}

/** Of three readings, as if from training: temperature in °C, vibration in mm/s, current in A. */
function exampleWeights(): Uint8Array {
  const vector = (name: string, values: readonly number[]) =>
    float32Tensor(name, [values.length], Float32Array.from(values));
  return encodeSafetensors([
    vector('mean', [60, 2.5, 4]),
    vector('scale', [10, 1, 0.5]),
    vector('weight', [1, 2, 0.5]),
    vector('bias', [-1]),
  ]);
}

/** A usual reading, and one of a hot pump that shakes. */
const EXAMPLE_INPUT = {
  inputs: [
    {
      name: 'readings',
      datatype: 'FP32',
      shape: [2, 3],
      data: [
        [60, 2.5, 4],
        [75, 4.5, 5],
      ],
    },
  ],
};
