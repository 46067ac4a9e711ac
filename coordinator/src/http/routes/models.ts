import { modelName, type ModelName, type ModelRef, modelVersion, SedgeError } from '@sedge/protocol';
import type { Handlers } from '../handler.ts';
import { pageFrom } from '../paging.ts';
import type { HttpRooms } from '../rooms.ts';

type ModelRoutes = Pick<
  Handlers,
  'publishModel' | 'listModels' | 'getModel' | 'getModelVersion' | 'getManifest' | 'deleteModelVersion'
>;

export function modelRoutes({ models }: Pick<HttpRooms, 'models'>): ModelRoutes {
  return {
    publishModel: ({ body }) => models.publish(body),
    listModels: ({ query: { limit, after } }) => pageFrom(models.list(limit + 1, after), limit, ({ name }) => name),
    getModel: ({ path }) => models.get(modelNameOf(path)),
    getModelVersion: ({ path }) => models.getVersion(modelRefOf(path)),
    getManifest: ({ path }) => {
      const { name, version } = modelRefOf(path);
      return models.resolve(name, version).signed;
    },
    deleteModelVersion: ({ path }) => models.delete(modelRefOf(path)),
  };
}

/** A name that no model can have is the name of no model. Throws MODEL_NOT_FOUND. */
export function modelNameOf({ model }: { readonly model: string }): ModelName {
  const name = modelName.safeParse(model);
  if (!name.success) throw new SedgeError('MODEL_NOT_FOUND', `there is no model ${model}`, { expose: true });
  return name.data;
}

/** Throws MODEL_NOT_FOUND. */
export function modelRefOf(path: { readonly model: string; readonly version: string }): ModelRef {
  const name = modelNameOf(path);
  const version = modelVersion.safeParse(/^[1-9]\d*$/.test(path.version) ? Number(path.version) : undefined);
  if (version.success) return { name, version: version.data };
  throw new SedgeError('MODEL_NOT_FOUND', `there is no version ${path.version} of ${name}`, { expose: true });
}
