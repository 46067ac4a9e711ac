import { stat } from 'node:fs/promises';
import { SedgeError, type ModelFormat } from '@sedge/protocol';
import { readNamedFile } from '../option-values.ts';
import { formatOf } from '../publish.ts';
import { componentPath, readProject, weightsPath, type ModelProject } from './project.ts';

/** What a command is pointed at: a model file, or a project with what its build left. */
export interface ModelTarget {
  readonly path: string;
  readonly format: ModelFormat;
  readonly artifact: Uint8Array<ArrayBuffer>;
  /** Named arrays as safetensors. */
  readonly weights?: Uint8Array<ArrayBuffer>;
  readonly project?: ModelProject;
}

export interface TargetOptions {
  readonly weights?: string;
  readonly format?: ModelFormat;
}

/** Reads the file, or the files of the project. Throws USAGE, MODEL_PROJECT_INVALID. */
export async function readTarget(path: string, options: TargetOptions): Promise<ModelTarget> {
  const project = (await isFolder(path)) ? await readProject(path) : undefined;
  const artifactPath = project === undefined ? path : await builtPath(project);
  const artifact = await readNamedFile(artifactPath);
  const weights = options.weights ?? (project && weightsPath(project));
  return {
    path: artifactPath,
    format: options.format ?? formatOf(artifact),
    artifact,
    ...(weights === undefined ? {} : { weights: await readNamedFile(weights) }),
    ...(project === undefined ? {} : { project }),
  };
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    // Reading it says what is wrong.
    () => false,
  );
}

async function builtPath(project: ModelProject): Promise<string> {
  const path = componentPath(project);
  const isBuilt = await stat(path).then(
    () => true,
    () => false,
  );
  if (isBuilt) return path;
  throw new SedgeError('USAGE', `${project.folder} is not built yet; run "sedge model build ${project.folder}"`, {
    expose: true,
  });
}
