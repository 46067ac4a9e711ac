import { SedgeError } from '@sedge/protocol';
import { type ConfigSources, readSettings } from './config-reading.ts';
import type { Setting, Settings } from './setting.ts';

/** What `defineConfig` makes and the other functions take. */
export interface ConfigDefinition<Definition extends Settings> {
  readonly settings: Definition;
}

export type ConfigOf<Definition extends Settings> = {
  readonly [Name in keyof Definition]: Definition[Name] extends Setting<infer Value> ? Value : never;
};

/** Throws a TypeError when two settings share a variable or a path. */
export function defineConfig<const Definition extends Settings>(settings: Definition): ConfigDefinition<Definition> {
  refuseRepeats(Object.values(settings).map(({ env }) => env));
  refuseRepeats(Object.entries(settings).map(([name, declared]) => declared.path ?? name));
  return { settings };
}

/** Reads, checks and freezes. The environment wins over the file. Throws CONFIG_INVALID that lists every problem. */
export function loadConfig<Definition extends Settings>(
  { settings }: ConfigDefinition<Definition>,
  sources: ConfigSources,
): ConfigOf<Definition> {
  const { values, problems } = readSettings(settings, sources);
  if (problems.length > 0) throw new SedgeError('CONFIG_INVALID', problems.join('; '), { expose: true });
  return Object.freeze(values) as ConfigOf<Definition>;
}

function refuseRepeats(names: readonly string[]): void {
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new TypeError(`two settings are named ${repeated}`);
}
