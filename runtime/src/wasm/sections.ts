import { BinaryReader } from './binary-reader.ts';
import { malformed } from './refusals.ts';

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

/** Compilers write a few dozen. A file of millions of empty ones would fill the heap of its reader. */
const SECTIONS_MAX = 10_000;

export function startsWith(bytes: Uint8Array, preamble: readonly number[]): boolean {
  return preamble.every((byte, index) => bytes[index] === byte);
}

/** All sections of a module or a component, which must end where the last section does. */
export function readSections(bytes: Uint8Array, preamble: readonly number[]): Section[] {
  if (!startsWith(bytes, preamble)) throw malformed('a part of it does not begin as one');
  const reader = new BinaryReader(bytes);
  reader.take(preamble.length);
  const sections: Section[] = [];
  while (!reader.isAtEnd) {
    if (sections.length === SECTIONS_MAX) throw malformed(`it has more than ${SECTIONS_MAX} sections`);
    const start = reader.offset;
    const id = reader.byte();
    const payload = reader.take(reader.u32());
    sections.push({ id, start, end: reader.offset, payload });
  }
  return sections;
}

export function payloadsOf(sections: readonly Section[], id: number): Uint8Array[] {
  return sections.filter((section) => section.id === id).map(({ payload }) => payload);
}
