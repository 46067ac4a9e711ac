import type { OnnxGraph, OnnxValueInfo } from '../codec/messages.ts';
import type { EngineTensor } from '../engine/engine.ts';
import { OnnxError } from '../onnx-error.ts';
import { DATA_TYPE, dataTypeName, type NumericTypeName } from '../tensors/data-type.ts';

/** Sizes of dimensions that a model leaves open, other than the batch, by their names. */
export type DimensionSizes = Readonly<Record<string, number>>;

/** An input of the model: what one batch of data looks like. */
export interface DataInput {
  readonly name: string;
  readonly type: NumericTypeName;
  readonly dims: readonly number[];
}

export function dataInputs(graph: OnnxGraph, batch: number, sizes: DimensionSizes): readonly DataInput[] {
  return graph.inputs.map((info) => ({ name: info.name, type: typeOf(info), dims: dimsOf(info, batch, sizes) }));
}

function typeOf({ name, type }: OnnxValueInfo): NumericTypeName {
  const found = dataTypeName(type?.tensorType?.elemType ?? 0);
  if (found === undefined || found === 'STRING')
    throw new OnnxError('UNSUPPORTED', `input "${name}" is not of numbers`);
  return found;
}

function dimsOf({ name, type }: OnnxValueInfo, batch: number, sizes: DimensionSizes): readonly number[] {
  const dims = type?.tensorType?.shape?.dims;
  if (dims === undefined || dims.length === 0) {
    throw new OnnxError('UNSUPPORTED', `input "${name}" has no shape that begins with a batch`);
  }
  return dims.map(({ dimValue, dimParam = '' }, axis) => {
    const size = axis === 0 ? batch : (dimValue ?? sizes[dimParam]);
    if (size !== undefined) return checkedSize(name, axis, size);
    const open = dimParam === '' ? `axis ${axis}` : `"${dimParam}"`;
    throw new OnnxError('INVALID_SETTINGS', `input "${name}" leaves the size of ${open} open: say it in dimensions`);
  });
}

function checkedSize(input: string, axis: number, size: number): number {
  if (Number.isSafeInteger(size) && size >= 1) return size;
  throw new OnnxError('INVALID_SETTINGS', `input "${input}" has size ${size} on axis ${axis}`);
}

/** 1 GiB of float32: a batch that is larger is a mistake, in a setting or in the file. */
const BATCH_ELEMENTS_MAX = 2 ** 28;

/** Data to run a model once with: small numbers of both signs, and zeros for integers, which may be indices. */
export function exampleBatch({ name, type, dims }: DataInput): EngineTensor {
  const count = dims.reduce((product, size) => product * size, 1);
  if (count > BATCH_ELEMENTS_MAX) {
    throw new OnnxError(
      'TOO_LARGE',
      `a batch of input "${name}" has ${count} values; ${BATCH_ELEMENTS_MAX} are allowed`,
    );
  }
  if (type === 'FLOAT') {
    return { type, dims, data: Float32Array.from({ length: count }, (_, index) => Math.sin(index + 1)) };
  }
  const arrays = { INT64: BigInt64Array, INT32: Int32Array, BOOL: Uint8Array, UINT8: Uint8Array } as const;
  if (!(type in arrays)) throw new OnnxError('UNSUPPORTED', `inputs of type ${type} (${DATA_TYPE[type]})`);
  return { type, dims, data: new arrays[type as keyof typeof arrays](count) };
}
