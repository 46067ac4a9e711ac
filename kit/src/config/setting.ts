import type { z } from 'zod';

/** One setting: how it is named, checked, defaulted and explained. */
export interface Setting<Value> {
  readonly env: string;
  /** Where it stands in the YAML file, with dots between levels; the name of the setting if nothing is said. */
  readonly path?: string;
  readonly schema: z.ZodType<Value>;
  /** Without one the setting must be given, unless its schema takes `undefined`. */
  readonly default?: Value;
  /** One sentence for the reference page. */
  readonly doc: string;
  /** Its value appears in no error, log or print. */
  readonly secret?: boolean;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;

/** One setting with its types worked out; what stands in `default` must be a value of the schema. */
export function setting<Value>(
  declared: Omit<Setting<Value>, 'default'> & { readonly default?: NoInfer<Value> },
): Setting<Value> {
  return declared;
}
