/** The languages that models are written in here. */
export const LANGUAGES = ['assemblyscript', 'c'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The file that a project begins with, by its language. */
export const ENTRY_FILES: Readonly<Record<Language, string>> = { assemblyscript: 'model.ts', c: 'model.c' };

/** The worlds of wit/model.wit. */
export const WORLDS = ['edge-model', 'trainable-model'] as const;
export type World = (typeof WORLDS)[number];
