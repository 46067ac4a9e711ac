import { type BinaryReader, eachEntry, encodeU32 } from './binary-reader.ts';
import type { GrowthCaps } from './growth-caps.ts';
import { limitExceeded } from './refusals.ts';
import { CORE_PREAMBLE, type Section } from './sections.ts';
import { type ComponentOutline, CORE_SECTION } from './walk-sections.ts';

const COMPONENT_BYTES_MAX = 64 * 1024 * 1024;
/** A module has one for its calls by pointer. Many full ones would be as harmful as one that grows without end. */
const TABLES_MAX = 8;
const MEMORIES_MAX = 1;

/** Flags of limits: bit 0 says that a maximum follows; the others are shared and 64-bit memories. */
const HAS_MAXIMUM = 0x01;

/**
 * The core module with maxima of ours in its memory and its tables, because limits of a worker do not count them, and a
 * table that grows without end takes the whole process down. Throws COMPONENT_LIMIT_EXCEEDED when it asks for more from
 * the start.
 */
export function capGrowth({ byteLength, core }: ComponentOutline, caps: GrowthCaps): Uint8Array {
  if (byteLength > COMPONENT_BYTES_MAX) throw limitExceeded(`it is longer than ${COMPONENT_BYTES_MAX} bytes`);
  const parts = core.sections.map(
    (section) => cappedSection(section, caps) ?? core.bytes.subarray(section.start, section.end),
  );
  return concat([core.bytes.subarray(0, CORE_PREAMBLE.length), ...parts]);
}

/** Undefined for a section that stays as it is. */
function cappedSection(section: Section, { memoryPagesMax, tableEntriesMax }: GrowthCaps): Uint8Array | undefined {
  switch (section.id) {
    case CORE_SECTION.memory:
      return rewrite(section, MEMORIES_MAX, (reader) => cappedLimits(reader, memoryPagesMax, 'pages of memory'));
    case CORE_SECTION.table:
      return rewrite(section, TABLES_MAX, (reader) => cappedTable(reader, tableEntriesMax));
    default:
      return undefined;
  }
}

function rewrite(
  { id, payload }: Section,
  countMax: number,
  rewriteEntry: (reader: BinaryReader) => number[],
): Uint8Array {
  const entries: number[][] = [];
  eachEntry(payload, (reader) => {
    if (entries.length === countMax) throw limitExceeded(`it has more than ${countMax} memories or tables`);
    entries.push(rewriteEntry(reader));
  });
  const content = [...encodeU32(entries.length), ...entries.flat()];
  return Uint8Array.from([id, ...encodeU32(content.length), ...content]);
}

function cappedTable(reader: BinaryReader, cap: number): number[] {
  const elementType = reader.byte();
  // 0x70 and 0x6f are funcref and externref; anything else, such as a table with an initial value, is newer.
  if (elementType !== 0x70 && elementType !== 0x6f)
    throw limitExceeded('it has a table of a type that is not supported');
  return [elementType, ...cappedLimits(reader, cap, 'entries of a table')];
}

function cappedLimits(reader: BinaryReader, cap: number, unit: string): number[] {
  const flags = reader.byte();
  if (flags > HAS_MAXIMUM) throw limitExceeded('shared and 64-bit memories are not supported');
  const minimum = reader.u32();
  const maximum = flags === HAS_MAXIMUM ? reader.u32() : cap;
  if (minimum > cap) throw limitExceeded(`it asks for ${minimum} ${unit} from the start; ${cap} are allowed`);
  return [HAS_MAXIMUM, ...encodeU32(minimum), ...encodeU32(Math.min(maximum, cap))];
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}
