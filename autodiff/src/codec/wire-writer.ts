import { encodeUtf8 } from './utf8.ts';
import type { WireType } from './wire-type.ts';

/**
 * Writes protobuf's wire format as a list of pieces that are joined once at the end: a message inside a message
 * needs its length in front, and so nothing is copied more than once however deep it lies.
 */
export class WireWriter {
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  tag(number: number, wireType: WireType): void {
    this.unsigned(number * 8 + wireType);
  }

  /** A safe integer of at least 0. */
  unsigned(value: number): void {
    const bytes: number[] = [];
    let rest = value;
    while (rest >= 0x80) {
      bytes.push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    bytes.push(rest);
    this.raw(Uint8Array.from(bytes));
  }

  /** Negative numbers take ten bytes, as protobuf has it for int32, int64 and enums. */
  int64(value: bigint): void {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, value);
    while (rest >= 0x80n) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    this.raw(Uint8Array.from(bytes));
  }

  float32(value: number): void {
    const piece = new Uint8Array(4);
    new DataView(piece.buffer).setFloat32(0, value, true);
    this.raw(piece);
  }

  float64(value: number): void {
    const piece = new Uint8Array(8);
    new DataView(piece.buffer).setFloat64(0, value, true);
    this.raw(piece);
  }

  bytes(value: Uint8Array): void {
    this.unsigned(value.length);
    this.raw(value);
  }

  text(value: string): void {
    this.bytes(encodeUtf8(value));
  }

  /** What another writer holds, with its length in front. */
  nested(writer: WireWriter): void {
    this.unsigned(writer.#length);
    for (const piece of writer.#pieces) this.raw(piece);
  }

  raw(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  finish(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#length);
    let offset = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, offset);
      offset += piece.length;
    }
    return bytes;
  }
}
