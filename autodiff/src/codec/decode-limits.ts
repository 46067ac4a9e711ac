/** Bounds that keep a hostile file from exhausting memory or stack. Every bound that is exceeded gives an OnnxError. */
export interface DecodeLimits {
  /** Length of the whole file. */
  readonly bytesMax: number;
  /** Fields that become objects of their own (messages, strings, dimensions); numbers in typed arrays do not count. */
  readonly fieldsMax: number;
  /** Messages inside messages; one level of subgraph takes three. */
  readonly depthMax: number;
}

export const defaultDecodeLimits: DecodeLimits = {
  bytesMax: 512 * 1024 * 1024,
  fieldsMax: 1_000_000,
  depthMax: 64,
};
