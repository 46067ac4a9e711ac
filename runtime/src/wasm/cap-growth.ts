import { BinaryReader, encodeU32, invalidModel, refusedModel } from './binary-reader.ts';
import { CORE_PREAMBLE, readSections, type Section } from './sections.ts';

export interface GrowthCaps {
  /** 64 KiB each. */
  readonly memoryPagesMax: number;
  readonly tableEntriesMax: number;
}

const TABLE_SECTION = 4;
const MEMORY_SECTION = 5;

/** Flags of limits: bit 0 says that a maximum follows; the others are shared and 64-bit memories. */
const HAS_MAXIMUM = 0x01;

/**
 * The module with maxima of ours in its memory and its tables, because limits of a worker do not count them, and a
 * table that grows without end takes the whole process down. Throws MODEL_REFUSED when it asks for more from the start.
 */
export function capGrowth(core: Uint8Array, { memoryPagesMax, tableEntriesMax }: GrowthCaps): Uint8Array {
  const parts = [core.subarray(0, CORE_PREAMBLE.length)];
  for (const section of readSections(core, CORE_PREAMBLE)) {
    if (section.id === MEMORY_SECTION) parts.push(rewrite(section, (reader) => capLimits(reader, memoryPagesMax)));
    else if (section.id === TABLE_SECTION) parts.push(rewrite(section, (reader) => capTable(reader, tableEntriesMax)));
    else parts.push(core.subarray(section.start, section.end));
  }
  return concat(parts);
}

function rewrite({ id, payload }: Section, rewriteEntry: (reader: BinaryReader) => number[]): Uint8Array {
  const reader = new BinaryReader(payload);
  const count = reader.u32();
  const entries: number[] = [];
  for (let index = 0; index < count; index++) entries.push(...rewriteEntry(reader));
  if (!reader.isAtEnd) throw invalidModel('a section has bytes after its end');
  const content = [...encodeU32(count), ...entries];
  return Uint8Array.from([id, ...encodeU32(content.length), ...content]);
}

function capTable(reader: BinaryReader, cap: number): number[] {
  const elementType = reader.byte();
  // 0x70 and 0x6f are funcref and externref; anything else, such as a table with an initial value, is newer.
  if (elementType !== 0x70 && elementType !== 0x6f) throw refusedModel('a table has a type that is not supported');
  return [elementType, ...capLimits(reader, cap)];
}

function capLimits(reader: BinaryReader, cap: number): number[] {
  const flags = reader.byte();
  if (flags > HAS_MAXIMUM) throw refusedModel('shared and 64-bit memories are not supported');
  const minimum = reader.u32();
  const maximum = flags === HAS_MAXIMUM ? reader.u32() : cap;
  if (minimum > cap)
    throw refusedModel(`the model asks for ${minimum} pages or entries from the start, ${cap} are allowed`);
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
