/**
 * Writes named float32 and integer arrays as safetensors: 8 bytes with the length of the header, the header as JSON,
 * then the values of all arrays, little-endian, in the order of the header.
 */
export function safetensors(arrays) {
  let end = 0;
  const header = {};
  for (const { name, dtype, shape, bytes } of arrays) {
    header[name] = { dtype, shape, data_offsets: [end, end + bytes.byteLength] };
    end += bytes.byteLength;
  }
  // Spaces behind the JSON, so that the values begin at a multiple of 8.
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([json, Buffer.alloc((8 - (json.byteLength % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.byteLength));
  return Buffer.concat([length, padded, ...arrays.map(({ bytes }) => bytes)]);
}

export function float32(name, shape, values) {
  return { name, dtype: 'F32', shape, bytes: Buffer.from(Float32Array.from(values).buffer) };
}

export function int32(name, shape, values) {
  return { name, dtype: 'I32', shape, bytes: Buffer.from(Int32Array.from(values).buffer) };
}
