import { float32Tensor, float32Values, type Tensor } from '@sedge/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onnxWebEngine } from '../../src/engines/onnx-web.ts';
import type { Session } from '../../src/engine.ts';
import { prepareImage, type ImagePixels, type ImageSettings } from '../../src/reference/image.ts';
import { largestDifference, valuesOf } from '../mlp.ts';
import { hasSharedModels, readShared, SHARED_MODELS_REASON } from '../shared-models.ts';
import { openHouseModel } from './house-model.ts';
import { hasPhotos, PHOTOS_REASON, readPhotos } from './photos.ts';

const BUILD_MS = 60_000;
/** float32 keeps seven digits; the values go up to 255 and are sums of a few products. */
const TOLERANCE = 2e-4;

function weightsOf(settings: ImageSettings): Tensor[] {
  const { height, width, shortestSide, antialias, bgr, channelsLast, scale, mean, std } = settings;
  const flag = (name: string, value: boolean): Tensor => ({
    name,
    dataType: 'BOOL',
    shape: [1],
    data: Uint8Array.of(value ? 1 : 0),
  });
  return [
    sides('size', [height, width]),
    ...(shortestSide === undefined ? [] : [sides('shortest-side', [shortestSide])]),
    ...(antialias === undefined ? [] : [flag('antialias', antialias)]),
    ...(bgr === undefined ? [] : [flag('bgr', bgr)]),
    ...(channelsLast === undefined ? [] : [flag('channels-last', channelsLast)]),
    ...(scale === undefined ? [] : [float32Tensor('scale', [1], [scale])]),
    ...(mean === undefined ? [] : [float32Tensor('mean', [3], mean)]),
    ...(std === undefined ? [] : [float32Tensor('std', [3], std)]),
  ];
}

function sides(name: string, values: readonly number[]): Tensor {
  return { name, dataType: 'INT32', shape: [values.length], data: new Uint8Array(Int32Array.from(values).buffer) };
}

function open(settings: ImageSettings): Promise<Session> {
  return openHouseModel('image', weightsOf(settings));
}

async function prepare(session: Session, pixels: ImagePixels, functionName = 'prepare'): Promise<Tensor> {
  const { height, width, channels, values } = pixels;
  const input: Tensor = { name: 'pixels', dataType: 'UINT8', shape: [height, width, channels], data: values };
  const [image] = await session.run(functionName, [input]);
  if (image === undefined) throw new Error('there is no image');
  return image;
}

/** The same value in all three channels. */
function grey(height: number, width: number, values: readonly number[]): ImagePixels {
  return { height, width, channels: 3, values: Uint8Array.from(values.flatMap((value) => [value, value, value])) };
}

function redOf(image: Tensor, width: number): number[][] {
  const values = Array.from(float32Values(image));
  const plane = values.slice(0, values.length / 3);
  return Array.from({ length: plane.length / width }, (_, row) => plane.slice(row * width, (row + 1) * width));
}

describe('resizing', () => {
  it(
    'two pixels a side to four puts each between its neighbours',
    async () => {
      // By hand: the centres lie at −0.25, 0.25, 0.75 and 1.25 of the source, and the edge counts for what is beyond it.
      const image = await prepare(await open({ height: 4, width: 4 }), grey(2, 2, [0, 40, 80, 160]));
      expect(image).toMatchObject({ name: 'image', dataType: 'FP32', shape: [1, 3, 4, 4] });
      expect(redOf(image, 4)).toEqual([
        [0, 10, 30, 40],
        [20, 32.5, 57.5, 70],
        [60, 77.5, 112.5, 130],
        [80, 100, 140, 160],
      ]);
    },
    BUILD_MS,
  );

  it('four pixels to two takes the mean of the nearest two, or of all with a wider triangle', async () => {
    const row = grey(1, 4, [0, 40, 80, 200]);
    expect(redOf(await prepare(await open({ height: 1, width: 2 }), row), 2)).toEqual([[20, 140]]);
    // By hand: centres 1 and 3, support 2: weights 0.75, 0.75, 0.25 of 1.75, and the same from the other end.
    const [smooth = []] = redOf(await prepare(await open({ height: 1, width: 2, antialias: true }), row), 2);
    expect(smooth[0]).toBeCloseTo((0.75 * 40 + 0.25 * 80) / 1.75, 4);
    expect(smooth[1]).toBeCloseTo((0.25 * 40 + 0.75 * 80 + 0.75 * 200) / 1.75, 4);
  });

  it('to a shortest side cuts out the middle', async () => {
    // By hand: five pixels by one become five by one, and of those the second to the fourth stay.
    const settings = { height: 1, width: 3, shortestSide: 3 };
    const tall = grey(
      3,
      5,
      Array.from({ length: 15 }, (_, index) => index * 10),
    );
    expect(redOf(await prepare(await open(settings), tall), 3)).toEqual([[60, 70, 80]]);
  });

  it('of a strip does not end in a number that is too large', async () => {
    const strip = grey(
      1,
      60_000,
      Array.from({ length: 60_000 }, (_, index) => (index < 30_000 ? 0 : 255)),
    );
    const [middle] = redOf(await prepare(await open({ height: 1, width: 4_096, shortestSide: 4_096 }), strip), 4_096);
    // By hand: the middle begins half a target pixel behind the centre of the last dark one, 0.5 / 4096 of the way.
    expect(middle?.[0]).toBeCloseTo((0.5 / 4_096) * 255, 4);
    expect(middle?.at(-1)).toBeCloseTo((4_095.5 / 4_096) * 255, 4);
  });

  it('agrees with the reference for any size, channels and settings', async () => {
    const side = fc.integer({ min: 1, max: 40 });
    const cases = fc.record({
      height: side,
      width: side,
      target: fc.record({ height: side, width: side }),
      channels: fc.constantFrom(3, 4),
      seed: fc.integer({ min: 1, max: 1_000 }),
      crops: fc.boolean(),
      flags: fc.record({ antialias: fc.boolean(), bgr: fc.boolean(), channelsLast: fc.boolean() }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ height, width, target, channels, seed, crops, flags }) => {
        const values = Uint8Array.from({ length: height * width * channels }, (_, at) => (at * at * seed + at) % 251);
        const settings: ImageSettings = {
          ...target,
          ...flags,
          ...(crops && { shortestSide: Math.max(target.height, target.width) + (seed % 7) }),
        };
        const pixels = { height, width, channels, values };
        const image = await prepare(await open(settings), pixels);
        const difference = largestDifference(valuesOf(image), prepareImage(settings, pixels));
        expect(difference).toBeLessThanOrEqual(TOLERANCE);
      }),
      { numRuns: 60 },
    );
  });
});

describe('normalising', () => {
  const pixel: ImagePixels = { height: 1, width: 1, channels: 4, values: Uint8Array.of(255, 51, 0, 7) };

  it('scales, takes the mean away and divides, for each channel', async () => {
    // By hand, with the usual numbers of ImageNet: (1 − 0.485) / 0.229, (0.2 − 0.456) / 0.224, (0 − 0.406) / 0.225.
    const settings = { height: 1, width: 1, scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
    const [red, green, blue] = valuesOf(await prepare(await open(settings), pixel));
    expect(red).toBeCloseTo(2.2489, 4);
    expect(green).toBeCloseTo(-1.1429, 4);
    expect(blue).toBeCloseTo(-1.8044, 4);
    const reversed = valuesOf(await prepare(await open({ ...settings, bgr: true }), pixel));
    expect(Array.from(reversed)).toEqual([blue, green, red]);
  });

  it('puts the channels last, and says so', async () => {
    const session = await open({ height: 1, width: 2, channelsLast: true });
    expect(session.metadata.functions[0]?.outputs[0]?.shape).toEqual([1, 1, 2, 3]);
    const image = await prepare(session, pixel);
    expect(image.shape).toEqual([1, 1, 2, 3]);
    expect(Array.from(valuesOf(image))).toEqual([255, 51, 0, 255, 51, 0]);
  });
});

describe('half precision', () => {
  it('is the nearest float16, ties to even', async () => {
    // Bits by hand: 255 is 0x5bf8, 51 is 0x5260, 0 is 0; and with the scales below, of 255:
    const bits = async (scale: number): Promise<number> => {
      const session = await open({ height: 1, width: 1, scale });
      const image = await prepare(session, grey(1, 1, [255]), 'prepare-half');
      expect(image.dataType).toBe('FP16');
      return new Uint16Array(image.data.slice().buffer)[0] ?? 0;
    };
    expect(await bits(1)).toBe(0x5bf8);
    expect(await bits(-1)).toBe(0xdbf8);
    // 2049 lies between 2048 and 2050 and goes to the even one; 2051 goes up.
    expect(await bits(2_049 / 255)).toBe(0x6800);
    expect(await bits(2_051 / 255)).toBe(0x6802);
    // The smallest one, half of it, and what is beyond the largest.
    expect(await bits(2 ** -24 / 255)).toBe(0x0001);
    expect(await bits(2 ** -26 / 255)).toBe(0x0000);
    expect(await bits(65_504 / 255)).toBe(0x7bff);
    expect(await bits(66_000 / 255)).toBe(0x7c00);
  });
});

describe('refuses', () => {
  const size = sides('size', [2, 2]);

  it.each([
    ['no size', [], 'size is missing'],
    ['a misspelt setting', [size, float32Tensor('meen', [3], [0, 0, 0])], 'there is no setting meen'],
    ['a size of nothing', [sides('size', [0, 2])], 'size must be'],
    ['a shortest side that is too short', [size, sides('shortest-side', [1])], 'shortest-side must be'],
    ['a deviation of 0', [size, float32Tensor('std', [3], [1, 0, 1])], 'std must be above 0'],
    ['a mean for one channel', [size, float32Tensor('mean', [1], [0])], 'mean must be FP32 [3]'],
    ['a flag that is a number', [size, float32Tensor('bgr', [1], [1])], 'bgr must be BOOL [1]'],
  ])('weights with %s', async (_what, weights, detail) => {
    await expect(openHouseModel('image', weights)).rejects.toMatchObject({ detail: expect.stringContaining(detail) });
  });

  it.each([
    ['grey pixels', { height: 2, width: 2, channels: 1, values: new Uint8Array(4) }],
    ['an image without pixels', { height: 0, width: 2, channels: 3, values: new Uint8Array(0) }],
  ])('%s', async (_what, pixels) => {
    await expect(prepare(await open({ height: 2, width: 2 }), pixels)).rejects.toMatchObject({
      code: 'TENSOR_MISMATCH',
    });
  });
});

it('says what it offers, with the sizes of its weights', async () => {
  const spec = (name: string, dataType: string, shape: number[]) => ({
    name,
    inputs: [{ name: 'pixels', dataType: 'UINT8', shape: [-1, -1, -1] }],
    outputs: [{ name: 'image', dataType, shape }],
  });
  const { metadata } = await open({ height: 5, width: 7 });
  expect(metadata.trainable).toBe(false);
  expect(metadata.functions).toEqual([
    spec('prepare', 'FP32', [1, 3, 5, 7]),
    spec('prepare-half', 'FP16', [1, 3, 5, 7]),
  ]);
  const { metadata: unloaded } = await openHouseModel('image');
  expect(unloaded.functions[0]).toEqual(spec('prepare', 'FP32', [1, -1, -1, -1]));
});

it('does not take more memory with each call', async () => {
  const caps = { memoryPagesMax: 16, tableEntriesMax: 100 };
  const session = await openHouseModel('image', weightsOf({ height: 8, width: 8, shortestSide: 9 }), caps);
  const pixels: ImagePixels = { height: 20, width: 30, channels: 3, values: new Uint8Array(1_800) };
  for (let call = 0; call < 5_000; call++) await prepare(session, pixels, call % 2 === 0 ? 'prepare' : 'prepare-half');
  expect((await prepare(session, pixels)).data).toHaveLength(768);
});

const isComplete = hasPhotos && hasSharedModels;
const reason = hasPhotos ? SHARED_MODELS_REASON : PHOTOS_REASON;

describe.skipIf(!isComplete)(`before SqueezeNet (${isComplete ? 'found' : reason})`, () => {
  it(
    'photographs get the classes that the plain path gives them, and most are right',
    async () => {
      const artifact = await readShared('squeezenet-fp16/SqueezeNet_fp16.onnx');
      const classifier = await onnxWebEngine().open({ format: 'onnx', artifact });
      const settings: ImageSettings = { height: 224, width: 224, shortestSide: 256, antialias: true, bgr: true };
      const preparer = await open(settings);
      const right: string[] = [];
      for (const { file, classes, pixels } of await readPhotos()) {
        const image = await prepare(preparer, pixels, 'prepare-half');
        const [scores] = await classifier.run('infer', [{ ...image, name: 'data_0' }]);
        const [plain] = await classifier.run('infer', [halfImage(prepareImage(settings, pixels))]);
        const [found, expected] = [topClass(scores), topClass(plain)];
        expect(`${file} ${found}`).toBe(`${file} ${expected}`);
        if (classes.includes(found)) right.push(file);
      }
      await classifier.close();
      expect(right.length, right.join(', ')).toBeGreaterThanOrEqual(9);
    },
    BUILD_MS,
  );
});

function halfImage(values: Float32Array): Tensor {
  const halves = Uint16Array.from(values, nearestHalf);
  return { name: 'data_0', dataType: 'FP16', shape: [1, 3, 224, 224], data: new Uint8Array(halves.buffer) };
}

/** Of a number from 0 to 255, by division: the nearest multiple of the last place at its size. */
function nearestHalf(value: number): number {
  if (value < 2 ** -14) return Math.round(value * 2 ** 24);
  const exponent = Math.floor(Math.log2(value));
  return Math.round((value / 2 ** exponent - 1) * 1_024) + ((exponent + 15) << 10);
}

function topClass(tensor: Tensor | undefined): number {
  const bits = new Uint16Array(tensor?.data.slice().buffer ?? new ArrayBuffer(0));
  // Halves that are not negative are ordered as their bits are.
  return bits.indexOf(bits.reduce((largest, value) => Math.max(largest, value), 0));
}
