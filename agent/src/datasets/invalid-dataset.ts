import { SedgeError } from '@sedge/protocol';

/** The detail names file, row and column or byte. It travels: whoever bound the data set is the one who is told. */
export function invalidDataset(detail: string, cause?: unknown): SedgeError {
  return new SedgeError('DATASET_INVALID', detail, { expose: true, ...(cause !== undefined && { cause }) });
}
