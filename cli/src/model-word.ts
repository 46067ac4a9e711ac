import { modelName, modelVersion, SedgeError, type ModelName, type ModelRef } from '@sedge/protocol';

export interface ModelWord {
  readonly name: ModelName;
  readonly version?: number;
}

/** Reads `name` or `name@version`. Throws USAGE. */
export function modelWord(text: string): ModelWord {
  const [name = '', version, ...rest] = text.split('@');
  const parsedName = modelName.safeParse(name);
  const parsedVersion = version === undefined ? undefined : modelVersion.safeParse(Number(version));
  if (!parsedName.success || parsedVersion?.success === false || rest.length > 0) {
    throw new SedgeError('USAGE', `"${text}" is no model; write name or name@version, for example digits@3`, {
      expose: true,
    });
  }
  return { name: parsedName.data, ...(parsedVersion === undefined ? {} : { version: parsedVersion.data }) };
}

/** The version that is meant: the one that was said, or the latest. */
export async function resolveModel(
  word: ModelWord,
  latestOf: (name: ModelName) => Promise<number | undefined>,
): Promise<ModelRef> {
  const version = word.version ?? (await latestOf(word.name));
  if (version === undefined) {
    throw new SedgeError('MODEL_NOT_FOUND', `${word.name} has no version`, { expose: true });
  }
  return { name: word.name, version };
}
