import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DataType, FunctionSpec, SedgeError, Tensor } from '../../src/index.ts';
import {
  ALL_BINARY,
  askedOf,
  encodeAnswer,
  type InferAnswer,
  JSON_LENGTH_HEADER,
  modelMetadataOf,
  parseBody,
  rawInput,
  requestTensors,
  responseHeaders,
} from '../../src/open-inference/index.ts';

const utf8 = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const request = (inputs: unknown[], more: object = {}): Uint8Array => utf8({ ...more, inputs });
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const tensors = (body: Uint8Array, header?: string): Tensor[] => requestTensors(parseBody(body, header));
const input = (datatype: DataType, shape: number[], data: unknown) => ({ name: 'x', datatype, shape, data });
const bytesOf = (body: Uint8Array): number[] => tensors(body).flatMap(({ data }) => [...data]);
const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'none';
  } catch (error) {
    return (error as SedgeError).code;
  }
};

function answer(...outputs: Tensor[]): InferAnswer {
  return { model: { name: 'digits' as never, version: 3 }, outputs, parameters: { node: 'node-a' } };
}

describe('JSON tensors', () => {
  it('reads the example of the protocol', () => {
    // Open Inference Protocol v2, "Inference Request Examples": input0 UINT32 [2,2], nested and flat.
    const nested = {
      name: 'input0',
      shape: [2, 2],
      datatype: 'UINT32',
      data: [
        [1, 2],
        [3, 4],
      ],
    };
    const flat = { ...nested, data: [1, 2, 3, 4] };
    const expected = [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0];
    expect(bytesOf(request([nested]))).toEqual(expected);
    expect(bytesOf(request([flat]))).toEqual(expected);
  });

  it.each<[DataType, unknown[], number[]]>([
    ['BOOL', [true, false], [1, 0]],
    ['UINT8', [0, 255], [0, 255]],
    ['INT8', [-128, 127], [0x80, 0x7f]],
    ['UINT16', [0xabcd, 1], [0xcd, 0xab, 1, 0]],
    ['INT16', [-1, 1], [0xff, 0xff, 1, 0]],
    ['INT32', [-2, 2], [0xfe, 0xff, 0xff, 0xff, 2, 0, 0, 0]],
    ['INT64', [-1, 2 ** 32], [255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 1, 0, 0, 0]],
    // IEEE 754: 1 is 0x3f800000, −2 is 0xc0000000.
    ['FP32', [1, -2], [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]],
    // IEEE 754 binary16: 1 is 0x3c00, −2 is 0xc000; as the upper half of binary32 0x3f80 and 0xc000.
    ['FP16', [1, -2], [0, 0x3c, 0, 0xc0]],
    ['BF16', [1, -2], [0x80, 0x3f, 0, 0xc0]],
    ['FP64', [1, -2], [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0]],
    ['BYTES', ['a', 'é'], [1, 0, 0, 0, 97, 2, 0, 0, 0, 0xc3, 0xa9]],
  ])('writes %s as little-endian bytes', (datatype, data, bytes) => {
    expect(bytesOf(request([input(datatype, [2], data)]))).toEqual(bytes);
  });

  it.each<[string, unknown]>([
    ['a number out of range', input('UINT8', [1], [256])],
    ['a negative unsigned number', input('UINT32', [1], [-1])],
    ['a fraction', input('INT32', [1], [1.5])],
    ['an integer that JSON does not carry exactly', input('INT64', [1], [2 ** 53])],
    ['a float beyond the type', input('FP32', [1], [1e39])],
    ['text for a number', input('FP32', [1], ['1'])],
    ['null', input('FP32', [1], [null])],
    ['a number for a truth', input('BOOL', [1], [1])],
    ['a number for text', input('BYTES', [1], [1])],
    ['a half float beyond the type', input('FP16', [1], [65_520])],
    ['a brain float beyond the type', input('BF16', [1], [3.4e38])],
    ['text for a half float', input('FP16', [1], ['1'])],
    ['too few elements', input('FP32', [3], [1, 2])],
    ['too many elements', input('FP32', [1], [1, 2])],
    [
      'nesting of another shape',
      input(
        'FP32',
        [2, 3],
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      ),
    ],
    ['rows of unequal length', input('FP32', [2, 2], [[1, 2, 3], [4]])],
    ['deeper nesting', input('FP32', [2], [[1], [2]])],
    ['no data', { name: 'x', datatype: 'FP32', shape: [1] }],
    ['a shape beyond all memory', input('FP32', [2 ** 50, 2 ** 50], [1])],
  ])('refuses %s', (_, wrong) => {
    expect(codeOf(() => tensors(request([wrong])))).toBe('TENSOR_MISMATCH');
  });

  it.each<[string, Uint8Array, string]>([
    ['no JSON', new TextEncoder().encode('{"inputs":'), 'BAD_JSON'],
    ['no UTF-8', Uint8Array.of(0xff), 'BAD_JSON'],
    ['nothing', new Uint8Array(), 'BAD_JSON'],
    ['a list', utf8([]), 'INVALID_FIELD'],
    ['without a list of inputs', utf8({}), 'INVALID_FIELD'],
    ['an unknown type', request([{ name: 'x', datatype: 'FP128', shape: [1], data: [1] }]), 'INVALID_FIELD'],
    ['a negative dimension', request([input('FP32', [-1], [1])]), 'INVALID_FIELD'],
  ])('refuses a body that is %s', (_, body, code) => {
    expect(codeOf(() => tensors(body))).toBe(code);
  });
});

describe('every data type', () => {
  const values: Readonly<Record<DataType, fc.Arbitrary<number | boolean | string>>> = {
    BOOL: fc.boolean(),
    UINT8: fc.integer({ min: 0, max: 0xff }),
    UINT16: fc.integer({ min: 0, max: 0xffff }),
    UINT32: fc.integer({ min: 0, max: 0xffff_ffff }),
    UINT64: fc.maxSafeNat(),
    INT8: fc.integer({ min: -0x80, max: 0x7f }),
    INT16: fc.integer({ min: -0x8000, max: 0x7fff }),
    INT32: fc.integer(),
    INT64: fc.maxSafeInteger(),
    FP16: fc.integer({ min: -2048, max: 2048 }),
    BF16: fc.integer({ min: -256, max: 256 }),
    FP32: fc.float({ noNaN: true, noDefaultInfinity: true }),
    FP64: fc.double({ noNaN: true, noDefaultInfinity: true }),
    BYTES: fc.string({ unit: 'grapheme' }),
  };

  it.each(Object.entries(values) as [DataType, fc.Arbitrary<unknown>][])(
    '%s comes back as it went in, flat and nested',
    (datatype, value) => {
      fc.assert(
        fc.property(fc.tuple(value, value, value, value, value, value), (flat) => {
          const rows = [flat.slice(0, 3), flat.slice(3)];
          for (const data of [flat, rows]) {
            const body = request([input(datatype, [2, 3], data)]);
            const { outputs } = JSON.parse(text(encodeAnswer({ inputs: [] }, answer(...tensors(body))).body)) as {
              outputs: { data: unknown[] }[];
            };
            // JSON has one zero only.
            expect(outputs[0]?.data).toEqual(flat.map((one) => (one === 0 ? 0 : one)));
          }
        }),
      );
    },
  );
});

describe('binary tensors', () => {
  const x = { name: 'x', datatype: 'FP32', shape: [2], parameters: { binary_data_size: 8 } };
  const y = { name: 'y', datatype: 'UINT8', shape: [3], data: [1, 2, 3] };
  const head = request([x, y]);
  const body = Buffer.concat([head, Buffer.from(Float32Array.of(1, -2).buffer)]);

  it('takes the bytes that follow the JSON as they are, beside JSON tensors', () => {
    const read = tensors(body, String(head.byteLength));
    expect(read.map(({ name }) => name)).toEqual(['x', 'y']);
    expect([...(read[0]?.data ?? [])]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
  });

  it.each([
    ['bytes that are missing', body.subarray(0, -1), String(head.byteLength), 'TENSOR_MISMATCH'],
    ['bytes that nobody announced', Buffer.concat([body, Buffer.of(0)]), String(head.byteLength), 'TENSOR_MISMATCH'],
    ['a JSON length beyond the body', body, '99999', 'BAD_REQUEST'],
    ['a JSON length that is negative', body, '-1', 'BAD_REQUEST'],
    ['a JSON length that is no number', body, 'many', 'BAD_REQUEST'],
    ['a JSON length that cuts the JSON', body, String(head.byteLength - 1), 'BAD_JSON'],
  ])('refuses %s', (_, bytes, header, code) => {
    expect(codeOf(() => tensors(bytes, header))).toBe(code);
  });

  it.each([
    ['a size that is not the shape’s', { ...x, parameters: { binary_data_size: 7 } }],
    ['a negative size', { ...x, parameters: { binary_data_size: -8 } }],
    ['a size in words', { ...x, parameters: { binary_data_size: '8' } }],
    ['both data and size', { ...x, data: [1, 2] }],
  ])('refuses %s', (_, wrong) => {
    const json = request([wrong]);
    const all = Buffer.concat([json, Buffer.alloc(8)]);
    expect(codeOf(() => tensors(all, String(json.byteLength)))).toBe('TENSOR_MISMATCH');
  });

  it('refuses a BYTES tensor whose lengths lie', () => {
    const json = request([{ name: 'x', datatype: 'BYTES', shape: [1], parameters: { binary_data_size: 5 } }]);
    const all = Buffer.concat([json, Buffer.from([0xff, 0xff, 0xff, 0x7f, 1])]);
    expect(codeOf(() => tensors(all, String(json.byteLength)))).toBe('TENSOR_MISMATCH');
  });

  it('writes what was asked for as bytes, and the rest as JSON', () => {
    const a: Tensor = { name: 'a', dataType: 'UINT8', shape: [2], data: Uint8Array.of(7, 8) };
    const b: Tensor = { name: 'b', dataType: 'BOOL', shape: [1], data: Uint8Array.of(1) };
    const outputs = [{ name: 'b' }, { name: 'a', parameters: { binary_data: true } }];
    const { body: bytes, jsonBytes } = encodeAnswer({ id: '42', inputs: [], outputs }, answer(a, b));
    expect([...bytes.subarray(jsonBytes)]).toEqual([7, 8]);
    expect(JSON.parse(text(bytes.subarray(0, jsonBytes)))).toMatchObject({
      id: '42',
      model_name: 'digits',
      model_version: '3',
      outputs: [
        { name: 'b', datatype: 'BOOL', shape: [1], data: [true] },
        { name: 'a', datatype: 'UINT8', shape: [2], parameters: { binary_data_size: 2 } },
      ],
    });
  });

  it('lets one output stand out from what holds for all', () => {
    const a: Tensor = { name: 'a', dataType: 'UINT8', shape: [1], data: Uint8Array.of(7) };
    const parameters = { binary_data_output: true };
    const asked = { inputs: [], parameters, outputs: [{ name: 'a', parameters: { binary_data: false } }] };
    expect(encodeAnswer(asked, answer(a)).jsonBytes).toBeUndefined();
    expect(encodeAnswer({ inputs: [], parameters }, answer(a)).jsonBytes).toBeGreaterThan(0);
  });

  it.each<[string, Tensor]>([
    ['infinity', { name: 'a', dataType: 'FP32', shape: [1], data: new Uint8Array(Float32Array.of(Infinity).buffer) }],
    ['2^53', { name: 'a', dataType: 'INT64', shape: [1], data: new Uint8Array(BigInt64Array.of(2n ** 53n).buffer) }],
    ['a half float that is not finite', { name: 'a', dataType: 'FP16', shape: [1], data: Uint8Array.of(0, 0x7c) }],
    ['a brain float that is no number', { name: 'a', dataType: 'BF16', shape: [1], data: Uint8Array.of(0xc0, 0x7f) }],
    ['bytes that are no text', { name: 'a', dataType: 'BYTES', shape: [1], data: Uint8Array.of(1, 0, 0, 0, 0xff) }],
  ])('does not write %s as JSON, but as bytes', (_, tensor) => {
    expect(codeOf(() => encodeAnswer({ inputs: [] }, answer(tensor)))).toBe('TENSOR_MISMATCH');
    expect(encodeAnswer(ALL_BINARY, answer(tensor)).jsonBytes).toBeGreaterThan(0);
  });

  it('refuses an output that the model has not', () => {
    expect(codeOf(() => encodeAnswer({ inputs: [], outputs: [{ name: 'z' }] }, answer()))).toBe('TENSOR_MISMATCH');
  });
});

describe('a raw body', () => {
  const spec = (...shape: number[]): FunctionSpec => ({
    name: 'f',
    inputs: [{ name: 'x', dataType: 'FP32', shape }],
    outputs: [],
  });

  it('fills the one open dimension', () => {
    expect(rawInput(new Uint8Array(24), spec(-1, 3)).map(({ shape }) => shape)).toEqual([[2, 3]]);
    expect(rawInput(new Uint8Array(12), spec(1, 3)).map(({ shape }) => shape)).toEqual([[1, 3]]);
  });

  it.each([
    ['that does not fit', 20, spec(-1, 3)],
    ['that ends within an element', 13, spec(-1)],
    ['with two open dimensions', 24, spec(-1, -1)],
    ['of another length', 24, spec(1, 3)],
  ])('is refused %s', (_, length, function_) => {
    expect(codeOf(() => rawInput(new Uint8Array(length), function_))).toBe('TENSOR_MISMATCH');
  });
});

describe('askedOf', () => {
  it('reads function and deadline, which is in microseconds', () => {
    expect(askedOf({ inputs: [], parameters: { function: 'f', timeout: 1_500 } })).toEqual({
      function: 'f',
      timeoutMs: 2,
    });
    expect(askedOf({ inputs: [] })).toEqual({ function: undefined, timeoutMs: undefined });
  });

  it.each([{ function: 1 }, { timeout: '5' }, { timeout: 0 }])('refuses %j', (parameters) => {
    expect(codeOf(() => askedOf({ inputs: [], parameters }))).toBe('INVALID_FIELD');
  });
});

describe('responseHeaders', () => {
  it('name the form of the answer, and where its bytes begin', () => {
    const a: Tensor = { name: 'a', dataType: 'UINT8', shape: [1], data: Uint8Array.of(7) };
    expect(responseHeaders(encodeAnswer({ inputs: [] }, answer(a)))).toEqual({ 'content-type': 'application/json' });
    const encoded = encodeAnswer(ALL_BINARY, answer(a));
    expect(responseHeaders(encoded)).toEqual({
      'content-type': 'application/octet-stream',
      [JSON_LENGTH_HEADER]: String(encoded.body.byteLength - 1),
    });
  });
});

describe('modelMetadataOf', () => {
  it('tells of the function that is called where none is named', () => {
    const spec: FunctionSpec = { name: 'f', inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 3] }], outputs: [] };
    expect(modelMetadataOf({ name: 'digits', versions: [2, 1], format: 'onnx', spec })).toEqual({
      name: 'digits',
      versions: ['2', '1'],
      platform: 'onnx_onnxruntime',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 3] }],
      outputs: [],
    });
  });
});
