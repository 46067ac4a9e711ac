/** What one data set may take, so that a wrong path does not take the node down. */
export interface DatasetLimits {
  /** One source file, after decompression. */
  readonly fileBytesMax: number;
  /** All selected feature values together; each takes four bytes in memory. */
  readonly valuesMax: number;
  readonly rowsMax: number;
  /** One line of a CSV file. */
  readonly recordBytesMax: number;
}

export const defaultDatasetLimits: DatasetLimits = {
  fileBytesMax: 512 * 1024 * 1024,
  valuesMax: 2 ** 28,
  rowsMax: 10_000_000,
  recordBytesMax: 1024 * 1024,
};
