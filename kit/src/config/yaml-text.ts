import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';

/**
 * Parses YAML without aliases, so that a short file cannot unfold into gigabytes. Throws what the parser throws.
 * The parser is loaded with its first use: most processes have no file, and it takes 8 MB.
 */
export function parseYamlText(text: string): unknown {
  const { parse } = createRequire(import.meta.url)('yaml') as typeof Yaml;
  return parse(text, { maxAliasCount: 0 });
}
