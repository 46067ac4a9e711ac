import type { OnnxTensor } from '@sedge/autodiff/files';
import type { OnnxLimits } from './onnx-limits.ts';
import { refused } from './refused.ts';

/** How values of a type lie in a file (comments at TensorProto in onnx.proto). */
interface Layout {
  readonly bits: number;
  /** Length of the typed list that keeps them where there are no raw bytes. */
  readonly listed: (tensor: OnnxTensor) => number;
  /** Values of that list for one element, 1 if nothing is said. */
  readonly perElement?: number;
}

const inInt32 = ({ int32Data }: OnnxTensor): number => int32Data?.length ?? 0;
const inUint64 = ({ uint64Data }: OnnxTensor): number => uint64Data?.length ?? 0;
const inFloat = ({ floatData }: OnnxTensor): number => floatData?.length ?? 0;
const inDouble = ({ doubleData }: OnnxTensor): number => doubleData?.length ?? 0;
const inInt64 = ({ int64Data }: OnnxTensor): number => int64Data?.length ?? 0;

const BYTE: Layout = { bits: 8, listed: inInt32 };
const HALF: Layout = { bits: 16, listed: inInt32 };
/** Two in a byte, and in a number of the list. */
const NIBBLE: Layout = { bits: 4, listed: inInt32, perElement: 0.5 };

/** By TensorProto.DataType; strings (8) are apart. */
const LAYOUTS = new Map<number, Layout>([
  [1, { bits: 32, listed: inFloat }],
  [2, BYTE],
  [3, BYTE],
  [4, HALF],
  [5, HALF],
  [6, { bits: 32, listed: inInt32 }],
  [7, { bits: 64, listed: inInt64 }],
  [9, BYTE],
  [10, HALF],
  [11, { bits: 64, listed: inDouble }],
  [12, { bits: 32, listed: inUint64 }],
  [13, { bits: 64, listed: inUint64 }],
  [14, { bits: 64, listed: inFloat, perElement: 2 }],
  [15, { bits: 128, listed: inDouble, perElement: 2 }],
  [16, HALF],
  [17, BYTE],
  [18, BYTE],
  [19, BYTE],
  [20, BYTE],
  [21, NIBBLE],
  [22, NIBBLE],
  [23, NIBBLE],
]);
const STRING = 8;

/** Compares what a tensor claims with what is there, and gives its bytes. Throws ONNX_LIMIT_EXCEEDED, ONNX_MALFORMED. */
export function checkTensor(tensor: OnnxTensor, limits: OnnxLimits): number {
  const elements = elementsOf(tensor, limits);
  if (tensor.dataType === STRING) return checkTexts(tensor, elements);
  const layout = LAYOUTS.get(tensor.dataType);
  if (layout === undefined) {
    throw refused('ONNX_OPERATOR_UNKNOWN', `${nameOf(tensor)} has the unknown data type ${tensor.dataType}`);
  }
  const bytes = Math.ceil((elements * layout.bits) / 8);
  if (bytes > limits.tensorBytesMax) throw tooLarge(tensor, limits);
  const { rawData } = tensor;
  if (rawData !== undefined) compare(tensor, rawData.length, bytes, 'bytes');
  else compare(tensor, layout.listed(tensor), Math.ceil(elements * (layout.perElement ?? 1)), 'values');
  return bytes;
}

function elementsOf(tensor: OnnxTensor, limits: OnnxLimits): number {
  let elements = 1;
  for (const dimension of tensor.dims) {
    if (dimension < 0) throw refused('ONNX_MALFORMED', `${nameOf(tensor)} has the dimension ${dimension}`);
    elements *= dimension;
  }
  // A product with a zero in it may have passed through anything; sizes are compared one by one as well.
  if (tensor.dims.some((dimension) => dimension > limits.tensorBytesMax)) throw tooLarge(tensor, limits);
  if (!Number.isSafeInteger(elements)) throw tooLarge(tensor, limits);
  return elements;
}

function checkTexts(tensor: OnnxTensor, elements: number): number {
  compare(tensor, tensor.stringData.length, elements, 'texts');
  return tensor.stringData.reduce((sum, { length }) => sum + length, 0);
}

function compare(tensor: OnnxTensor, found: number, claimed: number, what: string): void {
  if (found === claimed) return;
  throw refused('ONNX_MALFORMED', `${nameOf(tensor)} claims ${claimed} ${what} and has ${found}`);
}

function tooLarge(tensor: OnnxTensor, { tensorBytesMax }: OnnxLimits): Error {
  const shape = tensor.dims.join(', ');
  return refused(
    'ONNX_LIMIT_EXCEEDED',
    `${nameOf(tensor)} claims the shape [${shape}]; ${tensorBytesMax} bytes are allowed`,
  );
}

function nameOf({ name = '' }: OnnxTensor): string {
  return `the tensor "${name}"`;
}
