import { encodeModel, GraphBuilder, modelOf } from '@sedge/autodiff';
import { type DataType, float32Tensor, type Tensor } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import type { ModelContent, Session } from '../../src/engine.ts';
import { exportMlpOnnx } from '../../src/export-onnx.ts';
import { seededLayers, layerTensors } from '../mlp.ts';
import { onnxEngines } from './onnx-engines.ts';

type OnnxName = Parameters<GraphBuilder['input']>[1];

/** y = x of one type, [rows, 2]. */
function identity(type: OnnxName): Uint8Array {
  const graph = new GraphBuilder('identity');
  graph.node('Identity', [graph.input('x', type, ['rows', 2])], { outputs: ['y'] });
  graph.output('y', type, ['rows', 2]);
  return encodeModel(modelOf(graph.build()));
}

describe.each(onnxEngines)('the engine $name', ({ name, provider, make }) => {
  const open = (artifact: Uint8Array): Promise<Session> => make().open({ format: 'onnx', artifact });

  it('says what it is', async () => {
    const session = await open(identity('FLOAT'));
    expect(session.metadata).toMatchObject({ engine: name, provider });
    await session.close();
  });

  it.each<[DataType, OnnxName, number]>([
    ['BOOL', 'BOOL', 1],
    ['UINT8', 'UINT8', 1],
    ['UINT16', 'UINT16', 2],
    ['UINT32', 'UINT32', 4],
    ['UINT64', 'UINT64', 8],
    ['INT8', 'INT8', 1],
    ['INT16', 'INT16', 2],
    ['INT32', 'INT32', 4],
    ['INT64', 'INT64', 8],
    ['FP16', 'FLOAT16', 2],
    ['FP32', 'FLOAT', 4],
    ['FP64', 'DOUBLE', 8],
  ])('takes and gives %s', async (dataType, type, bytes) => {
    const session = await open(identity(type));
    const [spec] = session.metadata.functions;
    expect(spec).toEqual({
      name: 'infer',
      inputs: [{ name: 'x', dataType, shape: [-1, 2] }],
      outputs: [{ name: 'y', dataType, shape: [-1, 2] }],
    });
    // At an odd address, as in a frame from the network; values 0 and 1 are valid in every type.
    const data = Uint8Array.from({ length: 6 * bytes }, (_, index) => (index % bytes === 0 ? (index / bytes) % 2 : 0));
    const shifted = new Uint8Array(data.length + 1);
    shifted.set(data, 1);
    const x: Tensor = { name: 'x', dataType, shape: [3, 2], data: shifted.subarray(1) };
    expect(await session.run('infer', [x])).toEqual([{ name: 'y', dataType, shape: [3, 2], data }]);
    await session.close();
  });

  it('takes and gives texts', async () => {
    const session = await open(identity('STRING'));
    const data = Buffer.from('\u0003\0\0\0abc\0\0\0\0\u0002\0\0\0\u00c3\u00a9\u0001\0\0\0z', 'latin1');
    const x: Tensor = { name: 'x', dataType: 'BYTES', shape: [2, 2], data: new Uint8Array(data) };
    expect(await session.run('infer', [x])).toEqual([{ ...x, name: 'y' }]);
    const broken = { ...x, shape: [1, 2], data: Uint8Array.of(1, 0, 0, 0, 0xff, 0, 0, 0, 0) };
    await expect(session.run('infer', [broken])).rejects.toMatchObject({ code: 'TENSOR_MISMATCH' });
    await session.close();
  });

  it('refuses inputs of another shape, type, name or number, and unknown functions', async () => {
    const session = await open(identity('FLOAT'));
    const x = float32Tensor('x', [1, 2], [1, 2]);
    const wrong: (readonly Tensor[])[] = [
      [float32Tensor('x', [2], [1, 2])],
      [float32Tensor('x', [1, 3], [1, 2, 3])],
      [{ ...x, dataType: 'INT32' }],
      [{ ...x, data: new Uint8Array(7) }],
      [{ ...x, name: 'z' }],
      [x, x],
      [],
    ];
    for (const inputs of wrong) {
      await expect(session.run('infer', inputs)).rejects.toMatchObject({ code: 'TENSOR_MISMATCH' });
    }
    await expect(session.run('predict', [x])).rejects.toMatchObject({
      code: 'FUNCTION_NOT_FOUND',
      detail: 'known functions: infer',
    });
    await session.close();
  });

  it.each([0, 1, 10, 100, 1_000, 2_000, 10_000])('refuses a file that ends after %i bytes', async (length) => {
    const whole = exportMlpOnnx({ weights: layerTensors(seededLayers([64, 32, 10], 1)) });
    await expect(open(whole.subarray(0, length))).rejects.toMatchObject({ code: 'ONNX_MALFORMED' });
  });

  it('says which operator it does not have', async () => {
    const graph = new GraphBuilder('unknown');
    graph.node('Frobnicate', [graph.input('x', 'FLOAT', [1])], { outputs: ['y'] });
    graph.output('y', 'FLOAT', [1]);
    const opened = open(encodeModel(modelOf(graph.build())));
    await expect(opened).rejects.toMatchObject({
      code: 'ONNX_OPERATOR_UNKNOWN',
      detail: expect.stringContaining('Frobnicate'),
    });
  });

  it('takes weights beside the file in place of its own', async () => {
    const [own, other] = [layerTensors(seededLayers([4, 3], 1)), layerTensors(seededLayers([4, 3], 2))];
    const x = float32Tensor('features', [2, 4], [1, 0, -1, 0.5, 0, 1, 2, 3]);
    const answer = async (content: Omit<ModelContent, 'format'>): Promise<Tensor[]> => {
      const session = await make().open({ format: 'onnx', ...content });
      const outputs = await session.run('infer', [x]);
      await session.close();
      return outputs;
    };
    const artifact = exportMlpOnnx({ weights: own });
    const expected = await answer({ artifact: exportMlpOnnx({ weights: other }) });
    expect(await answer({ artifact, weights: other })).toEqual(expected);
    expect(await answer({ artifact, weights: other.slice(0, 1) })).not.toEqual(expected);
  });

  it.each<[string, Tensor[]]>([
    ['unknown names', [float32Tensor('layer7.weight', [1], [1])]],
    ['other shapes', [float32Tensor('layer0.bias', [1, 3], [1, 2, 3])]],
    ['other types', [{ name: 'layer0.bias', dataType: 'FP16', shape: [3], data: new Uint8Array(6) }]],
    ['two tensors of one name', [1, 2].map((value) => float32Tensor('layer0.bias', [3], [value, 0, 0]))],
  ])('refuses weights with %s', async (_what, weights) => {
    const artifact = exportMlpOnnx({ weights: layerTensors(seededLayers([4, 3], 1)) });
    const opened = make().open({ format: 'onnx', artifact, weights });
    await expect(opened).rejects.toMatchObject({ code: 'WEIGHTS_REFUSED' });
  });

  it('refuses a set of operators that is newer than itself', async () => {
    const graph = new GraphBuilder('future');
    graph.output(graph.relu(graph.input('x', 'FLOAT', [1]), 'y'), 'FLOAT', [1]);
    const opened = open(encodeModel(modelOf(graph.build(), { opset: 99 })));
    await expect(opened).rejects.toMatchObject({ code: 'ONNX_OPERATOR_UNKNOWN' });
  });

  it('refuses bfloat16 with a reason', async () => {
    const opened = open(identity('BFLOAT16'));
    await expect(opened).rejects.toMatchObject({
      code: 'ONNX_OPERATOR_UNKNOWN',
      detail: expect.stringContaining('bfloat16'),
    });
  });

  it('refuses a provider that it does not have', async () => {
    const content = { format: 'onnx', artifact: identity('FLOAT'), provider: 'abacus' } as const;
    await expect(make().open(content)).rejects.toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      detail: expect.stringContaining('abacus'),
    });
  });

  it('gives no result of another shape than the model declares', async () => {
    const graph = new GraphBuilder('broken word');
    const shape = graph.input('shape', 'INT64', [1]);
    graph.output(graph.node('ConstantOfShape', [shape], { outputs: ['y'] }), 'FLOAT', [2]);
    const session = await open(encodeModel(modelOf(graph.build())));
    const sized = (count: bigint): Tensor[] => [
      { name: 'shape', dataType: 'INT64', shape: [1], data: new Uint8Array(BigInt64Array.of(count).buffer) },
    ];
    expect(await session.run('infer', sized(2n))).toEqual([float32Tensor('y', [2], [0, 0])]);
    await expect(session.run('infer', sized(3n))).rejects.toMatchObject({ code: 'MODEL_OUTPUT_INVALID' });
    await session.close();
  });

  it('leaves its inputs as they are, in place or copied', async () => {
    const session = await open(identity('FLOAT'));
    const [aligned, shifted] = [new Uint8Array(8).fill(1), new Uint8Array(9).fill(1).subarray(1)];
    for (const data of [aligned, shifted]) {
      const [answer] = await session.run('infer', [{ name: 'x', dataType: 'FP32', shape: [1, 2], data }]);
      expect(answer?.data).toEqual(new Uint8Array(8).fill(1));
      answer?.data.fill(2);
      expect(data).toEqual(new Uint8Array(8).fill(1));
    }
    await session.close();
  });

  it('takes results as its own: a later run does not change them', async () => {
    const session = await open(identity('FLOAT'));
    const [first] = await session.run('infer', [float32Tensor('x', [1, 2], [1, 2])]);
    await session.run('infer', [float32Tensor('x', [1, 2], [3, 4])]);
    expect(first).toEqual({ ...float32Tensor('y', [1, 2], [1, 2]) });
    await session.close();
  });

  it('says that a run which asks for terabytes has no memory', async () => {
    const graph = new GraphBuilder('shape bomb');
    const shape = graph.input('shape', 'INT64', [4]);
    const block = graph.node('ConstantOfShape', [shape]);
    graph.output(graph.node('ReduceSum', [block], { outputs: ['y'] }), 'FLOAT', [1, 1, 1, 1]);
    const session = await open(encodeModel(modelOf(graph.build())));
    const sizes = BigInt64Array.of(1_024n, 1_024n, 1_024n, 1_024n);
    const input: Tensor = { name: 'shape', dataType: 'INT64', shape: [4], data: new Uint8Array(sizes.buffer) };
    await expect(session.run('infer', [input])).rejects.toMatchObject({ code: 'MODEL_OUT_OF_MEMORY' });
    await session.close();
  });

  it('says so when the same bomb goes off while the graph is opened', async () => {
    const graph = new GraphBuilder('constant bomb');
    const shape = graph.initializer('shape', [2], BigInt64Array.of(1_048_576n, 1_048_576n));
    const offset = graph.input('x', 'FLOAT', [1]);
    const block = graph.node('Sigmoid', [graph.node('ConstantOfShape', [shape])]);
    graph.output(graph.node('Add', [block, offset], { outputs: ['y'] }), 'FLOAT', ['a', 'b']);
    const work = open(encodeModel(modelOf(graph.build()))).then((session) =>
      session.run('infer', [float32Tensor('x', [1], [1])]),
    );
    await expect(work).rejects.toMatchObject({ code: 'MODEL_OUT_OF_MEMORY' });
  });
});
