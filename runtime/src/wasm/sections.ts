import { BinaryReader, invalidModel } from './binary-reader.ts';

export interface Section {
  readonly id: number;
  /** Where the section begins, its id included. */
  readonly start: number;
  readonly end: number;
  readonly payload: Uint8Array;
}

/** The first eight bytes: magic, version and layer (core specification §5.5.16; component model, Binary.md). */
export const CORE_PREAMBLE = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00] as const;
export const COMPONENT_PREAMBLE = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00] as const;

/** All sections of a module or a component, which must end where the last section does. */
export function readSections(bytes: Uint8Array, preamble: readonly number[]): Section[] {
  if (!startsWith(bytes, preamble)) throw invalidModel('it does not begin as one');
  const reader = new BinaryReader(bytes);
  reader.take(preamble.length);
  const sections: Section[] = [];
  while (!reader.isAtEnd) {
    const start = reader.offset;
    const id = reader.byte();
    const payload = reader.take(reader.u32());
    sections.push({ id, start, end: reader.offset, payload });
  }
  return sections;
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}
