import {
  modelKey,
  modelName,
  modelVersion,
  SedgeError,
  type FunctionSpec,
  type ModelManifest,
  type ModelName,
  type ModelStatus,
} from '@sedge/protocol';
import type { ReadyModel } from '../models/loaded-model.ts';

/** What an identity of this agent holds. */
export interface ModelSource {
  readyModels(): readonly ReadyModel[];
  modelStatuses(): readonly ModelStatus[];
}

/** The models of all identities of the agent. Where several hold the same version, it does not matter which answers. */
export class ServedModels {
  readonly #sources: readonly ModelSource[];

  constructor(sources: readonly ModelSource[]) {
    this.#sources = sources;
  }

  /** The version that is asked for, the newest that is ready if none is. Throws MODEL_NOT_FOUND, MODEL_NOT_LOADED. */
  resolve(name: ModelName, version?: number): ReadyModel {
    const [newest] = this.#ready(name).filter(({ manifest }) => version === undefined || manifest.version === version);
    if (newest !== undefined) return newest;
    const asked = version === undefined ? name : modelKey({ name, version });
    const isKnown = this.statuses().some((one) => one.name === name && one.version === (version ?? one.version));
    if (isKnown) throw new SedgeError('MODEL_NOT_LOADED', `${asked} is not ready yet`, { expose: true });
    throw new SedgeError('MODEL_NOT_FOUND', `this node holds no ${asked}`, { expose: true });
  }

  /** Versions of a model that are ready, the newest first. */
  readyVersions(name: ModelName): number[] {
    return [...new Set(this.#ready(name).map(({ manifest }) => manifest.version))];
  }

  /** Each version once, a ready one before one that is not. */
  statuses(): ModelStatus[] {
    const byKey = new Map<string, ModelStatus>();
    for (const status of this.#sources.flatMap((source) => source.modelStatuses())) {
      if (byKey.get(modelKey(status))?.state !== 'ready') byKey.set(modelKey(status), status);
    }
    return [...byKey.values()];
  }

  #ready(name: ModelName): ReadyModel[] {
    return this.#sources
      .flatMap((source) => source.readyModels())
      .filter(({ manifest }) => manifest.name === name)
      .sort((left, right) => right.manifest.version - left.manifest.version);
  }
}

/** The named function of a model, its first if none is named. Throws FUNCTION_NOT_FOUND with the ones that there are. */
export function functionOf(manifest: ModelManifest, name: string | undefined): FunctionSpec {
  const { functions } = manifest;
  const found = name === undefined ? functions[0] : functions.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  const known = functions.map((candidate) => candidate.name).join(', ');
  throw new SedgeError('FUNCTION_NOT_FOUND', `${modelKey(manifest)} has ${known}`, { expose: true });
}

/** A name that no model can have is the name of no model. Throws MODEL_NOT_FOUND. */
export function modelNameOf(text: string): ModelName {
  const name = modelName.safeParse(text);
  if (name.success) return name.data;
  throw new SedgeError('MODEL_NOT_FOUND', `there is no model ${text}`, { expose: true });
}

/** Throws MODEL_NOT_FOUND. */
export function modelVersionOf(text: string): number {
  const version = modelVersion.safeParse(/^[1-9]\d*$/.test(text) ? Number(text) : undefined);
  if (version.success) return version.data;
  throw new SedgeError('MODEL_NOT_FOUND', `there is no version ${text}`, { expose: true });
}
