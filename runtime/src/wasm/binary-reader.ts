import { fromUtf8, SedgeError } from '@sedge/protocol/core';
import { malformed } from './refusals.ts';

/**
 * Reads the primitives of the WebAssembly binary format. Every step is checked against the end of the bytes; throws
 * COMPONENT_MALFORMED.
 */
export class BinaryReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#bytes.byteLength;
  }

  get offset(): number {
    return this.#offset;
  }

  byte(): number {
    const value = this.#bytes[this.#offset];
    if (value === undefined) throw malformed('it ends in the middle');
    this.#offset += 1;
    return value;
  }

  /** A LEB128 u32: at most five bytes, and no bits above the 32nd (core specification §5.2.2). */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      if (shift === 28 && byte > 0x0f) break;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw malformed('a number is longer than 32 bits');
  }

  take(length: number): Uint8Array {
    if (length > this.#bytes.byteLength - this.#offset) throw malformed('it ends in the middle');
    const taken = this.#bytes.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return taken;
  }

  text(): string {
    try {
      return fromUtf8(this.take(this.u32()));
    } catch (cause) {
      throw cause instanceof SedgeError ? cause : malformed('a name is not UTF-8', cause);
    }
  }
}

/** Calls for each entry of a section that is a list; the section must end with its last entry. */
export function eachEntry(payload: Uint8Array, read: (reader: BinaryReader) => void): void {
  const reader = new BinaryReader(payload);
  const count = reader.u32();
  for (let index = 0; index < count; index++) read(reader);
  if (!reader.isAtEnd) throw malformed('a section has bytes after its end');
}

/** LEB128 of a u32. */
export function encodeU32(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}
