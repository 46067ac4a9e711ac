import { nearestName, SedgeError } from '@sedge/protocol';
import { readFile } from 'node:fs/promises';

/** A number from the command line. Throws USAGE that names the option. */
export function numberOption(name: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value)) return value;
    throw usage(`${name} is "${text}"; it must be a number`);
  };
}

/** `key=value`, given once or more. */
export function labelOption(text: string, earlier: Record<string, string> = {}): Record<string, string> {
  const [key = '', ...value] = text.split('=');
  if (key === '' || value.length === 0) throw usage(`the label "${text}" is not written as key=value`);
  return { ...earlier, [key]: value.join('=') };
}

/** One of the given words. Throws USAGE with the nearest. */
export function wordOption<const Word extends string>(name: string, words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    const meant = nearestName(text, words);
    const hint = meant === undefined ? `it must be one of ${words.join(', ')}` : `did you mean ${meant}?`;
    throw usage(`${name} is "${text}"; ${hint}`);
  };
}

/** The bytes of a file that the user named. Throws USAGE. */
export async function readNamedFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    throw new SedgeError('USAGE', `${path} cannot be read: ${(cause as Error).message}`, { cause, expose: true });
  }
}

/** JSON that the user wrote. Throws BAD_JSON that says where it came from. */
export function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SedgeError('BAD_JSON', `${place}: ${(cause as Error).message}`, { cause, expose: true });
  }
}

export function usage(detail: string): SedgeError {
  return new SedgeError('USAGE', detail, { expose: true });
}
