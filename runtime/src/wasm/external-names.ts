import type { BinaryReader } from './binary-reader.ts';
import { malformed } from './refusals.ts';
import type { WasmExternal } from './web-assembly.ts';

/** The byte that stands for an instance of an interface in imports and exports of a component. */
export const INSTANCE = 0x05;

/** What a core module imports or exports, by its byte (core specification §5.5.5 and §5.5.10). */
const KINDS = ['function', 'table', 'memory', 'global', 'tag'] as const;

/** The name of an import or export of a component; both of its forms begin with a byte of their own. */
export function readExternalName(reader: BinaryReader): string {
  if (reader.byte() > 0x01) throw malformed('a name has an unknown form');
  return reader.text();
}

export function readKind(reader: BinaryReader): WasmExternal['kind'] {
  const kind = KINDS[reader.byte()];
  if (kind === undefined) throw malformed('an import or export is of an unknown kind');
  return kind;
}
