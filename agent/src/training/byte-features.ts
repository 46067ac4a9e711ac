import { float32Values, SedgeError, type Tensor } from '@sedge/protocol';

const BYTE_MAX = 255;

/**
 * Features as bytes, a quarter of the memory, for a graph that scales them. Throws DATASET_MISMATCH for other numbers
 * than bytes: a set that is scaled where it is bound would be scaled twice.
 */
export function byteFeatures(features: Tensor): Tensor {
  const values = float32Values(features);
  const data = Uint8Array.from(values);
  const at = values.findIndex((value, index) => value !== data[index]);
  if (at < 0) return { ...features, dataType: 'UINT8', data };
  const detail = `inputScale is for bytes, whole numbers from 0 to ${BYTE_MAX}; a feature is ${values[at]}`;
  throw new SedgeError('DATASET_MISMATCH', detail, { expose: true });
}
