import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeModel, decodeTensor } from '../../src/codec/decode.ts';
import { encodeModel, encodeTensor } from '../../src/codec/encode.ts';
import type { OnnxGraph, OnnxModel, OnnxTensor } from '../../src/codec/messages.ts';
import { WireWriter } from '../../src/codec/wire-writer.ts';
import { attributesOf, graphAttribute } from '../../src/graph/attributes.ts';
import { modelOf } from '../../src/graph/model-of.ts';
import { OnnxError } from '../../src/onnx-error.ts';
import { tensorOf } from '../../src/tensors/tensor-of.ts';
import { handCalculatedModel, publishedFile } from '../example-models.ts';

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof OnnxError) return error.code;
    throw error;
  }
  return 'none';
}

/** A TensorProto with data type FLOAT and the given bytes behind it. */
function tensorBytes(...rest: number[]): Uint8Array {
  return Uint8Array.of(0x10, 1, ...rest);
}

function nestedGraph(levels: number): OnnxGraph {
  const empty = { initializers: [], inputs: [], outputs: [], valueInfos: [] };
  let graph: OnnxGraph = { nodes: [], ...empty };
  for (let level = 0; level < levels; level += 1) {
    const attributes = attributesOf({ body: graphAttribute(graph) });
    graph = { nodes: [{ inputs: [], outputs: [], opType: 'If', attributes }], ...empty };
  }
  return graph;
}

describe('decodeModel', () => {
  it('gives back a model that was encoded', () => {
    const model = handCalculatedModel();
    expect(decodeModel(encodeModel(model))).toEqual(model);
  });

  it('keeps fields that it does not know, in their place', () => {
    const writer = new WireWriter();
    writer.raw(Uint8Array.of(0x08, 8)); // ir_version: 8
    writer.raw(Uint8Array.of(0x3a, 3, 0x0a + 3 * 8, 1, 65)); // graph: field 4, which GraphProto does not have
    writer.raw(Uint8Array.of(0xc8, 0x01, 7)); // field 25
    writer.raw(Uint8Array.of(0xc9, 0x3e, 1, 2, 3, 4, 5, 6, 7, 8)); // field 1001, eight bytes
    writer.raw(Uint8Array.of(0xcd, 0x3e, 1, 2, 3, 4)); // field 1001, four bytes
    const bytes = writer.finish();
    const model = decodeModel(bytes);
    expect(model.unknownFields?.map(({ number }) => number)).toEqual([25, 1001, 1001]);
    expect(model.graph.unknownFields).toHaveLength(1);
    expect(encodeModel(model)).toEqual(bytes);
  });

  it('takes time in proportion to the file when it has nothing but unknown fields', () => {
    // 300,000 times field 9 (which ModelProto does not have) in front of ir_version and an empty graph.
    const bytes = Uint8Array.from([...Array.from({ length: 300_000 }, () => [0x48, 0]).flat(), 0x08, 8, 0x3a, 0]);
    const again = encodeModel(decodeModel(bytes));
    expect(again).toHaveLength(bytes.length);
    expect([...again.subarray(0, 6)]).toEqual([0x08, 8, 0x3a, 0, 0x48, 0]);
  });

  it('refuses an empty file, text and a file without a graph', () => {
    expect(codeOf(() => decodeModel(new Uint8Array()))).toBe('MALFORMED');
    expect(codeOf(() => decodeModel(new TextEncoder().encode('<html>not a model</html>')))).toMatch(
      /MALFORMED|TRUNCATED/,
    );
    expect(codeOf(() => decodeModel(Uint8Array.of(0x08, 8)))).toBe('MALFORMED');
  });

  it('refuses a known field of the wrong wire type and a graph that is there twice', () => {
    expect(codeOf(() => decodeModel(Uint8Array.of(0x0a, 0)))).toBe('MALFORMED');
    expect(codeOf(() => decodeModel(Uint8Array.of(0x08, 8, 0x3a, 0, 0x3a, 0)))).toBe('MALFORMED');
  });

  it('refuses more bytes, more fields and deeper nesting than allowed', () => {
    const bytes = encodeModel(handCalculatedModel());
    expect(codeOf(() => decodeModel(bytes, { bytesMax: bytes.length - 1 }))).toBe('TOO_LARGE');
    expect(codeOf(() => decodeModel(bytes, { bytesMax: bytes.length }))).toBe('none');
    expect(codeOf(() => decodeModel(bytes, { fieldsMax: 20 }))).toBe('TOO_LARGE');
    const nested = encodeModel(modelOf(nestedGraph(4)));
    // Model, graph, then three for each level below.
    expect(codeOf(() => decodeModel(nested, { depthMax: 14 }))).toBe('none');
    expect(codeOf(() => decodeModel(nested, { depthMax: 13 }))).toBe('TOO_DEEP');
  });

  it('does not overflow the stack on a file that is nested a hundred thousand times', () => {
    // Field 5 of a node is an attribute, field 6 of an attribute is a graph, field 1 of a graph is a node.
    const pieces: Uint8Array[] = [];
    for (let level = 0; level < 100_000; level += 1) {
      const writer = new WireWriter();
      writer.unsigned([0x3a, 0x0a, 0x2a, 0x32][level === 0 ? 0 : 1 + ((level - 1) % 3)] ?? 0);
      writer.unsigned(2_000_000 - level * 5);
      pieces.push(writer.finish());
    }
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const inner = new Uint8Array(length + 2_000_000);
    let offset = 0;
    for (const piece of pieces) {
      inner.set(piece, offset);
      offset += piece.length;
    }
    expect(codeOf(() => decodeModel(inner))).toMatch(/TOO_DEEP|TRUNCATED/);
  });

  it('refuses to write what it would refuse to read for its depth', () => {
    expect(codeOf(() => encodeModel(modelOf(nestedGraph(30))))).toBe('TOO_DEEP');
    const graph = nestedGraph(1) as { nodes: { attributes: { g?: OnnxGraph }[] }[] } & OnnxGraph;
    const attribute = graph.nodes[0]?.attributes[0];
    if (attribute !== undefined) attribute.g = graph;
    expect(codeOf(() => encodeModel(modelOf(graph)))).toBe('TOO_DEEP');
  });

  it('refuses values in another file, and names it', () => {
    const external: OnnxTensor = {
      dims: [2],
      dataType: 1,
      name: 'w',
      stringData: [],
      externalData: [{ key: 'location', value: '../../etc/passwd' }],
      dataLocation: 1,
    };
    const graph = { ...nestedGraph(0), initializers: [external] };
    const bytes = encodeModel(modelOf(graph));
    expect(codeOf(() => decodeModel(bytes))).toBe('EXTERNAL_DATA');
    expect(() => decodeModel(bytes)).toThrow('tensor "w" keeps its values in "../../etc/passwd"');
  });
});

describe('decodeTensor', () => {
  it('reads repeated numbers packed and one by one, and both together', () => {
    // dims (field 1) as 3, 4 in one run, then 5 alone.
    expect(decodeTensor(tensorBytes(0x0a, 2, 3, 4, 0x08, 5)).dims).toEqual([3, 4, 5]);
    // int64_data (field 7) as 1, then -1 and 300 in one run.
    const minusOne = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    const mixed = tensorBytes(0x38, 1, 0x3a, 12, ...minusOne, 0xac, 0x02);
    expect(decodeTensor(mixed).int64Data).toEqual(BigInt64Array.of(1n, -1n, 300n));
    // float_data (field 4): 1 alone (0x3f800000), then -2 and 0.5 in one run.
    const floats = tensorBytes(0x25, 0, 0, 0x80, 0x3f, 0x22, 8, 0, 0, 0, 0xc0, 0, 0, 0, 0x3f);
    expect(decodeTensor(floats).floatData).toEqual(Float32Array.of(1, -2, 0.5));
  });

  it('collects many single numbers', () => {
    const single = Array.from({ length: 1000 }, (_, index) => [0x28, index % 128]).flat();
    expect(decodeTensor(tensorBytes(...single)).int32Data).toEqual(
      Int32Array.from({ length: 1000 }, (_, i) => i % 128),
    );
  });

  it('refuses a packed run that ends inside of a number', () => {
    expect(codeOf(() => decodeTensor(tensorBytes(0x22, 6, 0, 0, 0x80, 0x3f, 0, 0)))).toBe('TRUNCATED');
    expect(codeOf(() => decodeTensor(tensorBytes(0x2a, 2, 1, 0x80)))).toBe('TRUNCATED');
  });

  it('views the file instead of copying raw data', () => {
    const bytes = encodeTensor(tensorOf('t', [2], Float32Array.of(1, 2)));
    expect(decodeTensor(bytes).rawData?.buffer).toBe(bytes.buffer);
  });
});

/** Decodes, and encodes again what was taken. Anything thrown but an OnnxError fails the test. */
function outcomeOf(bytes: Uint8Array): 'refused' | 'stable' | 'changed' {
  let model: OnnxModel;
  try {
    model = decodeModel(bytes);
  } catch (error) {
    if (error instanceof OnnxError) return 'refused';
    throw error;
  }
  const again = encodeModel(model);
  return Buffer.compare(encodeModel(decodeModel(again)), again) === 0 ? 'stable' : 'changed';
}

describe('hostile files', () => {
  const valid = encodeModel(handCalculatedModel());

  it('every truncation of a model is refused or still whole', () => {
    const outcomes = Array.from(valid, (_, length) => outcomeOf(valid.subarray(0, length)));
    expect(outcomes).not.toContain('changed');
    expect(outcomes.filter((outcome) => outcome === 'refused').length).toBeGreaterThan(0.9 * valid.length);
    expect(outcomeOf(valid)).toBe('stable');
  });

  it('every single changed byte gives a model or an OnnxError', () => {
    const outcomes = Array.from(valid, (byte, at) =>
      [0x00, 0x80, 0xff, byte ^ 0x01].map((value) => outcomeOf(valid.with(at, value))),
    ).flat();
    expect(outcomes).not.toContain('changed');
    expect(new Set(outcomes)).toEqual(new Set(['refused', 'stable']));
  });

  it('random changes, insertions and cuts give a model or an OnnxError', () => {
    const edit = fc.record({ at: fc.nat(valid.length), cut: fc.nat(8), insert: fc.uint8Array({ maxLength: 12 }) });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
        let bytes: number[] = [...valid];
        for (const { at, cut, insert } of edits) bytes = [...bytes.slice(0, at), ...insert, ...bytes.slice(at + cut)];
        expect(outcomeOf(Uint8Array.from(bytes))).not.toBe('changed');
      }),
      { numRuns: 500 },
    );
  });

  it('random bytes give a model or an OnnxError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(outcomeOf(bytes)).not.toBe('changed');
      }),
      { numRuns: 1000 },
    );
  });

  const published = publishedFile('mnist-8/model.onnx');
  it.skipIf(published === undefined)('a published model with changed bytes gives a model or an OnnxError', () => {
    const original = published ?? new Uint8Array();
    fc.assert(
      fc.property(fc.nat(original.length - 1), fc.nat(255), fc.nat(original.length), (at, value, length) => {
        const mutated = original.slice(0, Math.max(length, at + 1));
        mutated[at] = value;
        expect(outcomeOf(mutated)).not.toBe('changed');
      }),
      { numRuns: 200 },
    );
  });
});
