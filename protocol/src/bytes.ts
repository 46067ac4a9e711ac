/**
 * A copy of a range of bytes in a buffer of its own. Never `bytes.slice()` for that: a Node Buffer is a Uint8Array whose
 * `slice` gives a view into a shared pool, so that the "copy" changes with the network and its `.buffer` is the pool.
 */
export function copyBytes(bytes: Uint8Array, start = 0, end = bytes.byteLength): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes.subarray(start, end));
}
