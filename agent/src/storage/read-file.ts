import { readFile } from 'node:fs/promises';
import { SedgeError } from '@sedge/protocol';
import type { z } from 'zod';

/** The text of a file, or undefined where there is none. Throws STATE_UNREADABLE. */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new SedgeError('STATE_UNREADABLE', `${path} cannot be read`, { cause, expose: true });
  }
}

/** The JSON of one of our own files, or undefined where there is none. Throws STATE_UNREADABLE. */
export async function readJsonIfThere<Content>(path: string, schema: z.ZodType<Content>): Promise<Content | undefined> {
  const text = await readTextIfThere(path);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new SedgeError('STATE_UNREADABLE', `${path} is damaged`, { cause, expose: true });
  }
}

export function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT');
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
