import { z } from 'zod';
import { copyBytes } from '../bytes.ts';
import { SedgeError } from '../errors.ts';
import { limits } from '../limits.ts';
import { checkTensor, type Tensor } from '../tensor.ts';
import { dataType } from '../tensor-schema.ts';
import { fromUtf8, toUtf8 } from '../text.ts';

/**
 * A tensor frame: a JSON head and the bytes of tensors, in one run of bytes. Little-endian.
 *
 *     offset  bytes
 *          0      4  magic "SDGT"
 *          4      1  layout, 1
 *          5      3  zero
 *          8      4  length of the JSON, without padding
 *         12      4  zero
 *         16         JSON in UTF-8: {"head": …, "tensors": [{"name", "datatype", "shape", "bytes"}, …]}
 *          …         zeros up to the next multiple of 16, then each tensor's bytes, each padded in the same way
 */
export interface TensorFrame<Head> {
  readonly head: Head;
  readonly tensors: readonly Tensor[];
}

const HEADER_BYTES = 16;
const ALIGNMENT = 16;
const MAGIC = 0x54_47_44_53;
const LAYOUT = 1;

const envelope = z.object({
  head: z.unknown(),
  tensors: z
    .array(
      z.object({
        name: z.string().max(256),
        datatype: dataType,
        shape: z.array(z.int().min(0)).max(limits.tensorRankMax),
        bytes: z.int().min(0),
      }),
    )
    .max(limits.tensorsPerFrameMax),
});

export function encodeTensorFrame(head: unknown, tensors: readonly Tensor[]): Uint8Array<ArrayBuffer> {
  tensors.forEach(checkTensor);
  const listed = tensors.map(({ name, dataType: datatype, shape, data }) => ({
    name,
    datatype,
    shape,
    bytes: data.byteLength,
  }));
  const json = toUtf8(JSON.stringify({ head, tensors: listed }));
  const bodyOffset = aligned(HEADER_BYTES + json.byteLength);
  const total = tensors.reduce((offset, { data }) => offset + aligned(data.byteLength), bodyOffset);

  const frame = new Uint8Array(total);
  const view = new DataView(frame.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint8(4, LAYOUT);
  view.setUint32(8, json.byteLength, true);
  frame.set(json, HEADER_BYTES);
  let offset = bodyOffset;
  for (const { data } of tensors) {
    frame.set(data, offset);
    offset += aligned(data.byteLength);
  }
  return frame;
}

/**
 * Reads a tensor frame and checks its head with the given schema; tensor data are copies.
 * Throws FRAME_MALFORMED, TENSOR_MISMATCH.
 */
export function decodeTensorFrame<Head>(frame: Uint8Array, headSchema: z.ZodType<Head>): TensorFrame<Head> {
  const jsonBytes = jsonLength(frame);
  const { head, tensors: listed } = parseJson(frame.subarray(HEADER_BYTES, HEADER_BYTES + jsonBytes));
  let offset = aligned(HEADER_BYTES + jsonBytes);
  const tensors = listed.map(({ name, datatype, shape, bytes }) => {
    if (offset + bytes > frame.byteLength) throw malformed(`tensor ${name} ends after the frame`);
    const tensor: Tensor = { name, dataType: datatype, shape, data: copyBytes(frame, offset, offset + bytes) };
    offset += aligned(bytes);
    checkTensor(tensor);
    return tensor;
  });
  if (offset !== frame.byteLength) throw malformed(`${frame.byteLength - offset} bytes after the last tensor`);
  const parsed = headSchema.safeParse(head);
  if (!parsed.success)
    throw new SedgeError('FRAME_MALFORMED', 'the head of the frame is not as documented', { cause: parsed.error });
  return { head: parsed.data, tensors };
}

function jsonLength(frame: Uint8Array): number {
  if (frame.byteLength < HEADER_BYTES) throw malformed(`${frame.byteLength} bytes are no tensor frame`);
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint32(0, true) !== MAGIC || view.getUint8(4) !== LAYOUT) throw malformed('no tensor frame of layout 1');
  const length = view.getUint32(8, true);
  if (length > limits.frameHeadBytesMax || HEADER_BYTES + length > frame.byteLength) {
    throw malformed(`a head of ${length} bytes in a frame of ${frame.byteLength}`);
  }
  return length;
}

function parseJson(bytes: Uint8Array): z.infer<typeof envelope> {
  try {
    return envelope.parse(JSON.parse(fromUtf8(bytes)));
  } catch (cause) {
    throw new SedgeError('FRAME_MALFORMED', 'the head of the frame is not as documented', { cause });
  }
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

function malformed(detail: string): SedgeError {
  return new SedgeError('FRAME_MALFORMED', detail);
}
