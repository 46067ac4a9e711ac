export { ENTRY_FILES, LANGUAGES, WORLDS, type Language, type World } from './author/languages.ts';
export { templateFolder } from './author/template-folder.ts';
export { modelDigest, modelIds, modelPath, readDigests, readModel } from './models.ts';
export type { BuiltModel, ModelId } from './models.ts';
