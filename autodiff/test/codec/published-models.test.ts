import { describe, expect, it } from 'vitest';
import { decodeModel, decodeTensor } from '../../src/codec/decode.ts';
import { encodeModel, encodeTensor } from '../../src/codec/encode.ts';
import { float32Values } from '../../src/tensors/tensor-values.ts';
import { publishedFile } from '../example-models.ts';

const MODELS = ['mnist-8/model.onnx', 'squeezenet-fp16/SqueezeNet_fp16.onnx'];

describe('published models', () => {
  for (const path of MODELS) {
    const bytes = publishedFile(path);
    it.skipIf(bytes === undefined)(`${path} is read and written again byte for byte`, () => {
      const original = bytes ?? new Uint8Array();
      expect(Buffer.compare(encodeModel(decodeModel(original)), original)).toBe(0);
    });
  }

  const mnist = publishedFile('mnist-8/model.onnx');
  it.skipIf(mnist === undefined)('mnist-8 has the operators and the input that its card names', () => {
    const { graph, opsetImports } = decodeModel(mnist ?? new Uint8Array());
    expect(opsetImports).toMatchObject([{ version: 8 }]);
    const operators = new Set(graph.nodes.map(({ opType }) => opType));
    expect([...operators].sort()).toEqual(['Add', 'Conv', 'MatMul', 'MaxPool', 'Relu', 'Reshape']);
    const input = graph.inputs.find(({ name }) => name === 'Input3');
    expect(input?.type?.tensorType?.shape?.dims.map(({ dimValue }) => dimValue)).toEqual([1, 1, 28, 28]);
  });

  const example = publishedFile('mnist-8/test_data_set_0/output_0.pb');
  it.skipIf(example === undefined)('a published test tensor is read and written again', () => {
    const tensor = decodeTensor(example ?? new Uint8Array());
    expect(tensor.dims).toEqual([1, 10]);
    expect(float32Values(tensor).every(Number.isFinite)).toBe(true);
    expect(encodeTensor(tensor)).toEqual(example);
  });
});
