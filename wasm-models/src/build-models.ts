import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileAssemblyScript } from './author/compile-assembly-script.ts';
import type { World } from './author/languages.ts';
import { makeComponent } from './author/make-component.ts';
import { packageFolder } from './author/package-folder.ts';
import { type BuiltModel, digestsPath, isModelId, modelIds, modelPath, readDigests, type ModelId } from './models.ts';

/** The world that each model is built for. */
const WORLDS: Readonly<Record<ModelId, World>> = {
  mlp: 'trainable-model',
  anomaly: 'trainable-model',
  image: 'edge-model',
};

/** Builds the models whose sources have changed since the last build. Answers which ones were built. */
export async function buildModels(): Promise<ModelId[]> {
  const built: ModelId[] = [];
  for (const id of modelIds) {
    if (await buildModel(id)) built.push(id);
  }
  return built;
}

async function buildModel(id: ModelId): Promise<boolean> {
  const sources = await hashSources(id);
  if (await isCurrent(id, sources)) return false;
  const component = await makeComponent(await compileModel(id), WORLDS[id]);
  await mkdir(join(packageFolder, 'dist'), { recursive: true });
  await replaceFile(modelPath(id), component);
  await record(id, { sources, digest: `sha256:${sha256(component)}`, bytes: component.byteLength, world: WORLDS[id] });
  return true;
}

async function isCurrent(id: ModelId, sources: string): Promise<boolean> {
  const built = (await readDigests())[id];
  if (built?.sources !== sources || built.world !== WORLDS[id]) return false;
  const component = await readFile(modelPath(id)).catch(() => undefined);
  return component !== undefined && built.digest === `sha256:${sha256(component)}`;
}

/** The core module; its sources import the SDK by its place in this package. */
function compileModel(id: ModelId): Promise<Uint8Array> {
  return compileAssemblyScript({ folder: packageFolder, entry: `models/${id}/index.ts`, sdk: 'folder' });
}

/** One hash over everything that the component follows from, the names of the files included. */
async function hashSources(id: ModelId): Promise<string> {
  const folders = ['wit', 'sdk', join('models', id), join('src', 'author')];
  const names = (await Promise.all(folders.map(listFiles))).flat().toSorted();
  const hash = createHash('sha256');
  for (const name of names)
    hash
      .update(`${name}\0`)
      .update(await readFile(join(packageFolder, name)))
      .update('\0');
  return hash.digest('hex');
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(join(packageFolder, folder), { withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(folder, entry.name));
}

async function record(id: ModelId, built: BuiltModel): Promise<void> {
  const digests = Object.fromEntries(Object.entries(await readDigests()).filter(([name]) => isModelId(name)));
  await replaceFile(digestsPath, `${JSON.stringify({ ...digests, [id]: built }, undefined, 2)}\n`);
}

/** Several test processes may build at once: each writes a file of its own and the last rename wins. */
async function replaceFile(path: string, content: Uint8Array | string): Promise<void> {
  const draft = `${path}.${createHash('sha256').update(content).update(String(performance.now())).digest('hex')}`;
  await writeFile(draft, content);
  await rename(draft, path);
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
