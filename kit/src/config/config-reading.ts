import { nearestName, SedgeError } from '@sedge/protocol';
import { PROGRAM_SETTINGS } from './program-settings.ts';
import { describeSchema } from './schema-words.ts';
import type { Setting, Settings } from './setting.ts';
import { parseYamlText } from './yaml-text.ts';

/** Variables that begin with this are ours: one that nobody knows is a misspelling. */
const PREFIX = 'SEDGE_';
const YAML_DEPTH_MAX = 8;

export interface ConfigSources {
  /** The environment of the process. Variables without the prefix are not looked at. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The content of the YAML file, if there is one. */
  readonly yamlText?: string;
  /** `SEDGE_…` variables that belong to other people's programs in the same environment. */
  readonly foreignNames?: readonly string[];
}

export interface SettingsRead {
  readonly values: Record<string, unknown>;
  /** One sentence for each setting that is wrong; empty if all is well. */
  readonly problems: readonly string[];
}

/** A value as it was written down, and where. */
interface Written {
  readonly place: string;
  readonly value: unknown;
  /** What it may stand for, the likeliest first: from the environment everything comes as text. */
  readonly readings: readonly unknown[];
}

type Checked = { readonly value: unknown } | { readonly problem: string };

export function readSettings(settings: Settings, { env, yamlText, foreignNames = [] }: ConfigSources): SettingsRead {
  const file = flatten(parseYaml(yamlText), pathsOf(settings));
  const problems = [...unknownVariables(settings, env, foreignNames), ...unknownPaths(settings, file)];
  const values: Record<string, unknown> = {};
  for (const [name, declared] of Object.entries(settings)) {
    const checked = readOne(declared, written(name, declared, env, file));
    if ('problem' in checked) problems.push(checked.problem);
    else values[name] = checked.value;
  }
  return { values, problems };
}

export function pathOf(name: string, declared: Setting<unknown>): string {
  return declared.path ?? name;
}

function written(
  name: string,
  declared: Setting<unknown>,
  env: ConfigSources['env'],
  file: ReadonlyMap<string, unknown>,
): Written | undefined {
  const text = env[declared.env];
  if (text !== undefined) return { place: declared.env, value: text, readings: [text, valueOf(text)] };
  const path = pathOf(name, declared);
  if (!file.has(path)) return undefined;
  const value = file.get(path);
  return { place: `${path} (${declared.env})`, value, readings: [value] };
}

function readOne(declared: Setting<unknown>, given: Written | undefined): Checked {
  if (given === undefined) return absent(declared);
  for (const reading of given.readings) {
    const parsed = declared.schema.safeParse(reading);
    if (parsed.success) return { value: parsed.data };
  }
  return { problem: `${given.place} ${foundWords(declared, given)}; it must be ${describeSchema(declared.schema)}` };
}

function absent(declared: Setting<unknown>): Checked {
  if (declared.default !== undefined) return { value: declared.default };
  const parsed = declared.schema.safeParse(undefined);
  if (parsed.success) return { value: parsed.data };
  return { problem: `${declared.env} is not set; it must be ${describeSchema(declared.schema)}` };
}

function foundWords({ secret = false }: Setting<unknown>, { value }: Written): string {
  return secret ? 'has a value that is not shown here' : `is ${JSON.stringify(value)}`;
}

/** The value that the text stands for: `8080` a number, `true` a boolean, `[a, b]` a list. */
function valueOf(text: string): unknown {
  try {
    return /^\s*[[{]/.test(text) ? parseYamlText(text) : JSON.parse(text);
  } catch {
    // Text that stands for nothing else stays text, and that was tried already.
    return text;
  }
}

function parseYaml(text: string | undefined): unknown {
  if (text === undefined) return {};
  try {
    return parseYamlText(text) ?? {};
  } catch (cause) {
    throw new SedgeError('CONFIG_INVALID', `the configuration file is no YAML: ${(cause as Error).message}`, {
      cause,
      expose: true,
    });
  }
}

function pathsOf(settings: Settings): Set<string> {
  return new Set(Object.entries(settings).map(([name, declared]) => pathOf(name, declared)));
}

/** The leaves of the file by dotted path. What stands at the path of a setting is a leaf, even if it is an object. */
function flatten(file: unknown, paths: ReadonlySet<string>): Map<string, unknown> {
  if (!isObject(file)) {
    throw new SedgeError('CONFIG_INVALID', 'the configuration file must hold names and values', { expose: true });
  }
  const leaves = new Map<string, unknown>();
  const visit = (branch: object, prefix: string, depth: number): void => {
    for (const [key, value] of Object.entries(branch)) {
      const path = `${prefix}${key}`;
      if (isObject(value) && !paths.has(path) && depth < YAML_DEPTH_MAX) visit(value, `${path}.`, depth + 1);
      else leaves.set(path, value);
    }
  };
  visit(file, '', 1);
  return leaves;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownVariables(settings: Settings, env: ConfigSources['env'], foreignNames: readonly string[]): string[] {
  const known = new Set(Object.values(settings).map((declared) => declared.env));
  const others = new Set([...PROGRAM_SETTINGS, ...foreignNames]);
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.has(name) && !others.has(name))
    .map((name) => unknownWords(`the variable ${name}`, nearestName(name.slice(PREFIX.length), bare(known)), PREFIX));
}

/** Without the prefix that all share, which would make any two names look alike. */
function bare(names: ReadonlySet<string>): string[] {
  return [...names].map((name) => name.slice(PREFIX.length));
}

function unknownPaths(settings: Settings, file: ReadonlyMap<string, unknown>): string[] {
  const known = pathsOf(settings);
  return [...file.keys()]
    .filter((path) => !known.has(path))
    .map((path) => unknownWords(`${path} in the configuration file`, nearestName(path, known)));
}

function unknownWords(what: string, nearest: string | undefined, prefix = ''): string {
  return nearest === undefined ? `${what} is not known` : `${what} is not known; did you mean ${prefix}${nearest}?`;
}
