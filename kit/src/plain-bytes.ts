/** A Buffer behaves differently from a Uint8Array (slice, toString, JSON), and may view a shared pool. */
export function plainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer);
}
