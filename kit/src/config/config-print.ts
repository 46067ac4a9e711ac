import type { ConfigDefinition, ConfigOf } from './config.ts';
import { pathOf } from './config-reading.ts';
import { describeSchema } from './schema-words.ts';
import type { Settings } from './setting.ts';

/** One row of the reference page of settings. */
export interface ConfigRow {
  readonly env: string;
  readonly path: string;
  /** What it may be, in words. */
  readonly allowed: string;
  /** The default in JSON, or undefined where there is none. */
  readonly default: string | undefined;
  readonly isSecret: boolean;
  readonly doc: string;
}

export function configRows<Definition extends Settings>({ settings }: ConfigDefinition<Definition>): ConfigRow[] {
  return Object.entries(settings).map(([name, declared]) => ({
    env: declared.env,
    path: pathOf(name, declared),
    allowed: describeSchema(declared.schema),
    default: declared.default === undefined ? undefined : JSON.stringify(declared.default),
    isSecret: declared.secret ?? false,
    doc: declared.doc,
  }));
}

/** Every setting with the value that holds, for the log and for `--json`; secrets only as being set or not. */
export function redactedConfig<Definition extends Settings>(
  { settings }: ConfigDefinition<Definition>,
  config: ConfigOf<Definition>,
): Record<string, unknown> {
  const values: Readonly<Record<string, unknown>> = config;
  return Object.fromEntries(
    Object.entries(settings).map(([name, { secret = false }]) => [name, secret ? hidden(values[name]) : values[name]]),
  );
}

function hidden(value: unknown): string {
  return value === undefined ? '(not set)' : '(set, not shown)';
}
