export { modelDigest, modelIds, modelPath, readDigests, readModel } from './models.ts';
export type { BuiltModel, ModelId } from './models.ts';
