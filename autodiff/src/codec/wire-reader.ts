import { OnnxError } from '../onnx-error.ts';
import { decodeUtf8 } from './utf8.ts';
import { isWireType, WIRE_TYPE, type WireType } from './wire-type.ts';

const TWO_POW_28 = 2 ** 28;
const FIELD_NUMBER_MAX = 2 ** 29 - 1;

/** Reads protobuf's wire format from a window of a file. Every read is checked against the end of the window. */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  #offset: number;
  /** The last varint in three runs of 28, 28 and 8 bits, so that small numbers never become bigints. */
  #low = 0;
  #middle = 0;
  #high = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    // A Buffer of Node would hand out Buffers, whose slice() does not copy.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offset = start;
    this.#end = end;
  }

  get offset(): number {
    return this.#offset;
  }

  get atEnd(): boolean {
    return this.#offset >= this.#end;
  }

  tag(): { number: number; wireType: WireType } {
    const value = this.unsigned();
    const number = Math.floor(value / 8);
    const wireType = value % 8;
    if (number < 1 || number > FIELD_NUMBER_MAX) throw this.malformed(`field number ${number} is impossible`);
    if (!isWireType(wireType)) throw this.malformed(`wire type ${wireType} is not used by ONNX`);
    return { number, wireType };
  }

  /** A varint that must be a safe integer of at least 0: a tag or a length. */
  unsigned(): number {
    this.#scanVarint();
    const value = this.#low + this.#middle * TWO_POW_28;
    if (this.#high !== 0 || !Number.isSafeInteger(value)) throw this.malformed('a length or tag is impossibly large');
    return value;
  }

  uint64(): bigint {
    this.#scanVarint();
    if (this.#high === 0 && this.#middle === 0) return BigInt(this.#low);
    return BigInt(this.#low) | (BigInt(this.#middle) << 28n) | (BigInt(this.#high) << 56n);
  }

  int64(): bigint {
    return BigInt.asIntN(64, this.uint64());
  }

  /** The low 32 bits of a varint, as protobuf has it for int32 and enums. */
  int32(): number {
    this.#scanVarint();
    return this.#low | (this.#middle << 28);
  }

  /** An int64 that must be a safe integer. */
  integer(): number {
    const value = Number(this.int64());
    if (!Number.isSafeInteger(value)) throw this.malformed(`the integer ${value} is out of range`);
    return value;
  }

  float32(): number {
    return this.#view.getFloat32(this.#advance(4), true);
  }

  float64(): number {
    return this.#view.getFloat64(this.#advance(8), true);
  }

  /** A view of the file, not a copy. */
  bytes(): Uint8Array {
    const length = this.unsigned();
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(): string {
    const text = decodeUtf8(this.bytes());
    if (text === undefined) throw this.malformed('a text is not UTF-8');
    return text;
  }

  /** A reader of the length-delimited field that starts here; this one goes on behind it. */
  window(): WireReader {
    const length = this.unsigned();
    const start = this.#advance(length);
    return new WireReader(this.#bytes, start, start + length);
  }

  /** Number of varints up to the end of the window: each has exactly one byte without the continuation bit. */
  varintsLeft(): number {
    let count = 0;
    for (let at = this.#offset; at < this.#end; at += 1) if (this.#view.getUint8(at) < 0x80) count += 1;
    return count;
  }

  get bytesLeft(): number {
    return this.#end - this.#offset;
  }

  skip(wireType: WireType): void {
    switch (wireType) {
      case WIRE_TYPE.varint:
        return this.#scanVarint();
      case WIRE_TYPE.fixed64:
        return void this.#advance(8);
      case WIRE_TYPE.lengthDelimited:
        return void this.#advance(this.unsigned());
      case WIRE_TYPE.fixed32:
        return void this.#advance(4);
    }
  }

  /** The bytes between an earlier offset and here, as a view. */
  since(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.#offset);
  }

  malformed(detail: string): OnnxError {
    return new OnnxError('MALFORMED', `${detail}, at byte ${this.#offset}`);
  }

  #advance(count: number): number {
    const start = this.#offset;
    if (count > this.#end - start) {
      throw new OnnxError('TRUNCATED', `${count} bytes are announced at byte ${start}, ${this.#end - start} are there`);
    }
    this.#offset = start + count;
    return start;
  }

  #scanVarint(): void {
    this.#low = this.#scanRun(28);
    this.#middle = this.#wasLastByte() ? 0 : this.#scanRun(28);
    this.#high = this.#wasLastByte() ? 0 : this.#scanRun(14);
    if (!this.#wasLastByte() || this.#high > 0xff) throw this.malformed('a varint has more than 64 bits');
  }

  /** Up to `bits / 7` bytes of a varint, ending early at its last byte. */
  #scanRun(bits: number): number {
    let value = 0;
    for (let shift = 0; shift < bits; shift += 7) {
      const byte = this.#view.getUint8(this.#advance(1));
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value;
  }

  #wasLastByte(): boolean {
    return this.#view.getUint8(this.#offset - 1) < 0x80;
  }
}
