import { decodeTensor, encodeModel, float32Values as onnxFloats, GraphBuilder, modelOf } from '@sedge/autodiff';
import { type DataType, float32Tensor, type Tensor } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { onnxWebEngine } from '../../src/engines/onnx-web.ts';
import type { Session } from '../../src/engine.ts';
import { largestDifference, seededLayers, layerTensors, valuesOf } from '../mlp.ts';
import { exportMlpOnnx } from '../../src/export-onnx.ts';
import { decodePng } from '../png.ts';
import { hasSharedModels, readShared, SHARED_MODELS_REASON } from '../shared-models.ts';

function open(artifact: Uint8Array): Promise<Session> {
  return onnxWebEngine().open({ format: 'onnx', artifact });
}

type OnnxName = Parameters<GraphBuilder['input']>[1];

/** y = x of one type, [rows, 2]. */
function identity(type: OnnxName): Uint8Array {
  const graph = new GraphBuilder('identity');
  graph.node('Identity', [graph.input('x', type, ['rows', 2])], { outputs: ['y'] });
  graph.output('y', type, ['rows', 2]);
  return encodeModel(modelOf(graph.build()));
}

describe('the ONNX engine', () => {
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
    await expect(open(whole.subarray(0, length))).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });

  it('says which operator it does not have', async () => {
    const graph = new GraphBuilder('unknown');
    graph.node('Frobnicate', [graph.input('x', 'FLOAT', [1])], { outputs: ['y'] });
    graph.output('y', 'FLOAT', [1]);
    const opened = open(encodeModel(modelOf(graph.build())));
    await expect(opened).rejects.toMatchObject({ detail: expect.stringContaining('Frobnicate') });
  });

  it('refuses weights beside the file', async () => {
    const files = { format: 'onnx', artifact: identity('FLOAT'), weights: [] } as const;
    await expect(onnxWebEngine().open(files)).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });
});

describe.skipIf(!hasSharedModels)(`published outputs (${hasSharedModels ? 'found' : SHARED_MODELS_REASON})`, () => {
  it.each([0, 1, 2])('of mnist-8, test set %i', async (set) => {
    const session = await open(await readShared('mnist-8/model.onnx'));
    const input = decodeTensor(await readShared(`mnist-8/test_data_set_${set}/input_0.pb`));
    const expected = onnxFloats(decodeTensor(await readShared(`mnist-8/test_data_set_${set}/output_0.pb`)));
    const [scores] = await session.run('infer', [float32Tensor('Input3', [1, 1, 28, 28], onnxFloats(input))]);
    const largest = expected.reduce((sofar, value) => Math.max(sofar, Math.abs(value)), 0);
    expect(largestDifference(valuesOf(scores), expected) / largest).toBeLessThanOrEqual(5e-6);
    await session.close();
  });

  it('of SqueezeNet in float16, for the published photograph', async () => {
    const session = await open(await readShared('squeezenet-fp16/SqueezeNet_fp16.onnx'));
    const pixels = decodePng(await readShared('squeezenet-fp16/fish.png'));
    const [output] = session.metadata.functions[0]?.outputs ?? [];
    const [probabilities] = await session.run('infer', [bluePlanesFirst(pixels)]);
    expect(probabilities).toMatchObject({ name: output?.name, dataType: 'FP16' });
    const text = Buffer.from(await readShared('squeezenet-fp16/expected_fish_cpu.csv')).toString('utf8');
    const expected = publishedProbabilities(text);
    expect(largestDifference(halfValues(probabilities), expected)).toBeLessThanOrEqual(1e-4);
    await session.close();
  }, 60_000);
});

/** data_0 of SqueezeNet: float16 [1, 3, 224, 224], blue, green, red, 0 to 255. */
function bluePlanesFirst({ width, height, channels, values }: ReturnType<typeof decodePng>): Tensor {
  const halves = new Uint16Array(3 * width * height);
  halves.forEach((_, index) => {
    const plane = Math.floor(index / (width * height));
    halves[index] = halfOfByte(values[(index % (width * height)) * channels + (2 - plane)] ?? 0);
  });
  return { name: 'data_0', dataType: 'FP16', shape: [1, 3, height, width], data: new Uint8Array(halves.buffer) };
}

/** A byte as float16 bits: exact, since a half has eleven bits of precision. */
function halfOfByte(value: number): number {
  if (value === 0) return 0;
  const exponent = Math.floor(Math.log2(value));
  return ((exponent + 15) << 10) | ((value - 2 ** exponent) * 2 ** (10 - exponent));
}

function halfValues(tensor: Tensor | undefined): number[] {
  const halves = new Uint16Array(tensor?.data.slice().buffer ?? new ArrayBuffer(0));
  return Array.from(halves, (bits) => {
    const exponent = (bits >> 10) & 0x1f;
    const fraction = (bits & 0x3ff) / 1_024;
    return exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15);
  });
}

/** Lines of "index,value" under a heading. */
function publishedProbabilities(text: string): number[] {
  const lines = text.trim().split(/\r?\n/).slice(1);
  return lines.map((line) => Number(line.split(',')[1]));
}
