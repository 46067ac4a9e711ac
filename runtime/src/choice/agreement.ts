import { DATA_TYPE, type DataTypeName, float32Values, type OnnxTensor, tensorValues } from '@sedge/autodiff/files';
import { type DataType, ELEMENT_BYTES, type Tensor } from '@sedge/protocol/core';

/** How far two values may lie apart: so much, and so much of the value beside. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

/**
 * Engines add in other orders: float32 results of a real network differ by about 1e-6 a layer. Half floats carry eleven
 * bits, and one engine keeps them between layers while another computes in float32: 5e-4 for each rounding. Eight-bit
 * results may be rounded to either side of a step.
 */
const TOLERANCES: Readonly<Partial<Record<DataType, Tolerance>>> = {
  FP32: { absolute: 1e-3, relative: 1e-3 },
  FP64: { absolute: 1e-3, relative: 1e-3 },
  FP16: { absolute: 1e-2, relative: 1e-2 },
  BF16: { absolute: 5e-2, relative: 5e-2 },
  INT8: { absolute: 1, relative: 0 },
  UINT8: { absolute: 1, relative: 0 },
};
const EXACT: Tolerance = { absolute: 0, relative: 0 };

/** What is different, in words, or undefined if the answers of two engines are the same within what is expected. */
export function disagreement(
  expected: readonly Tensor[],
  answered: readonly Tensor[],
  tolerance?: Tolerance,
): string | undefined {
  if (expected.length !== answered.length) return `${answered.length} outputs instead of ${expected.length}`;
  for (const reference of expected) {
    const tensor = answered.find(({ name }) => name === reference.name);
    const difference = tensor === undefined ? 'it is missing' : differenceOf(reference, tensor, tolerance);
    if (difference !== undefined) return `the output ${reference.name} differs: ${difference}`;
  }
  return undefined;
}

function differenceOf(expected: Tensor, { dataType, shape, data }: Tensor, given?: Tolerance): string | undefined {
  if (dataType !== expected.dataType) return `it is ${dataType} instead of ${expected.dataType}`;
  if (String(shape) !== String(expected.shape)) return `its shape is [${shape.join()}], not [${expected.shape.join()}]`;
  if (dataType === 'BYTES') return Buffer.compare(data, expected.data) === 0 ? undefined : 'its texts are others';
  const tolerance = given ?? TOLERANCES[dataType] ?? EXACT;
  const [wanted, found] = [numbersOf(expected.data, dataType), numbersOf(data, dataType)];
  const index = wanted.findIndex((value, at) => !isNear(value, found[at] ?? Number.NaN, tolerance));
  return index < 0 ? undefined : `${found[index]} instead of ${wanted[index]} at ${index}`;
}

function isNear(expected: number, found: number, { absolute, relative }: Tolerance): boolean {
  if (Object.is(expected, found)) return true;
  return Number.isFinite(expected) && Math.abs(expected - found) <= absolute + relative * Math.abs(expected);
}

const ONNX_NAMES: Readonly<Partial<Record<DataType, DataTypeName>>> = {
  FP16: 'FLOAT16',
  BF16: 'BFLOAT16',
  FP32: 'FLOAT',
  FP64: 'DOUBLE',
};
const SHORT_FLOATS: readonly DataType[] = ['FP16', 'BF16'];

function numbersOf(rawData: Uint8Array, dataType: Exclude<DataType, 'BYTES'>): number[] {
  const name = ONNX_NAMES[dataType] ?? (dataType as DataTypeName);
  const count = rawData.byteLength / ELEMENT_BYTES[dataType];
  const tensor: OnnxTensor = {
    dims: [count],
    dataType: DATA_TYPE[name],
    rawData,
    stringData: [],
    externalData: [],
  };
  return Array.from(SHORT_FLOATS.includes(dataType) ? float32Values(tensor) : tensorValues(tensor), Number);
}
