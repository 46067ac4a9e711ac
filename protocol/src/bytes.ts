/**
 * A copy of a range of bytes in a buffer of its own. Never `bytes.slice()` for that: a Node Buffer is a Uint8Array whose
 * `slice` gives a view into a shared pool, so that the "copy" changes with the network and its `.buffer` is the pool.
 */
export function copyBytes(bytes: Uint8Array, start = 0, end = bytes.byteLength): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes.subarray(start, end));
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}
