import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { nodeCrypto } from '@sedge/kit';
import { copyBytes, digestOf, SedgeError, type Digest } from '@sedge/protocol';
import { componentPath, type ModelProject } from './project.ts';

export interface BuiltProject {
  readonly path: string;
  readonly component: Uint8Array<ArrayBuffer>;
  readonly digest: Digest;
}

/** Compiles a project into its component. Throws MODEL_BUILD_FAILED, COMPILER_MISSING. */
export async function buildProject(project: ModelProject): Promise<BuiltProject> {
  const component = copyBytes(await compile(project));
  const path = componentPath(project);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, component);
  return { path, component, digest: digestOf(nodeCrypto, component) };
}

async function compile(project: ModelProject): Promise<Uint8Array> {
  // The compilers take half a second to load, which no other command shall wait for.
  const { buildComponent, CompileFailure, CompilerMissing } = await import('@sedge/wasm-models/author');
  try {
    return await buildComponent(project);
  } catch (cause) {
    if (cause instanceof CompileFailure) {
      throw new SedgeError('MODEL_BUILD_FAILED', cause.message, { cause, expose: true });
    }
    if (cause instanceof CompilerMissing) {
      throw new SedgeError('COMPILER_MISSING', cause.message, { cause, expose: true });
    }
    throw cause;
  }
}
