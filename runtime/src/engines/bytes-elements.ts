import { fromUtf8, SedgeError, toUtf8 } from '@sedge/protocol/core';

/** The texts of a checked BYTES tensor: each a little-endian u32 length and that many bytes of UTF-8. */
export function textsOf(data: Uint8Array): string[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const texts: string[] = [];
  for (let offset = 0; offset < data.byteLength;) {
    const end = offset + 4 + view.getUint32(offset, true);
    texts.push(textOf(data.subarray(offset + 4, end)));
    offset = end;
  }
  return texts;
}

export function bytesOf(texts: readonly string[]): Uint8Array {
  const encoded = texts.map(toUtf8);
  const data = new Uint8Array(encoded.reduce((sum, { byteLength }) => sum + 4 + byteLength, 0));
  const view = new DataView(data.buffer);
  let offset = 0;
  for (const text of encoded) {
    view.setUint32(offset, text.byteLength, true);
    data.set(text, offset + 4);
    offset += 4 + text.byteLength;
  }
  return data;
}

function textOf(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch (cause) {
    throw new SedgeError('TENSOR_MISMATCH', 'an element of a BYTES tensor is not UTF-8', { cause, expose: true });
  }
}
