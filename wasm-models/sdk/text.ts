import { allocate } from './memory';

/** A text in the memory of the call, as the canonical ABI writes it: pointer and length in bytes. */
export function writeText(at: usize, text: string): void {
  const bytes = String.UTF8.byteLength(text);
  const pointer = allocate(bytes);
  String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, pointer);
  store<usize>(at, pointer);
  store<u32>(at, bytes, 4);
}

/** Whether the bytes are exactly this ASCII text. */
export function textIs(pointer: usize, bytes: u32, text: string): bool {
  if (bytes !== <u32>text.length) return false;
  for (let index = 0; index < text.length; index++) {
    if (<i32>load<u8>(pointer + index) !== text.charCodeAt(index)) return false;
  }
  return true;
}

export function readText(pointer: usize, bytes: u32): string {
  return String.UTF8.decodeUnsafe(pointer, bytes);
}
