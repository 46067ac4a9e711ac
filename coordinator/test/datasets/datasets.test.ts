import { type DatasetName, type Digest, encodeSafetensors, float32Tensor, type Tensor } from '@sedge/protocol';
import { datasetView } from '@sedge/protocol/routes';
import { describe, expect, it } from 'vitest';
import { decodeEvaluationSet } from '../../src/datasets/evaluation-set.ts';
import { openHouse } from '../support/house.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const NAME = 'digits-test' as DatasetName;
const features = float32Tensor('features', [3, 2], [0, 1, 2, 3, 4, 5]);

function labels(dataType: Tensor['dataType'], values: ArrayBuffer, shape = [3]): Tensor {
  return { name: 'labels', dataType, shape, data: new Uint8Array(values) };
}

const byteLabels = labels('UINT8', Uint8Array.of(0, 2, 1).buffer);

describe('decodeEvaluationSet', () => {
  it.each<[string, Tensor]>([
    ['UINT8', byteLabels],
    ['INT32', labels('INT32', Int32Array.of(0, 2, 1).buffer)],
    ['INT64', labels('INT64', BigInt64Array.of(0n, 2n, 1n).buffer)],
  ])('reads labels of type %s', (_, tensor) => {
    const set = decodeEvaluationSet(encodeSafetensors([features, tensor]));
    expect(set).toMatchObject({ examples: 3, featureShape: [2], classes: 3 });
    expect([...set.labels]).toEqual([0, 2, 1]);
    expect([...set.features]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it.each<[string, Uint8Array]>([
    ['no safetensors', Buffer.from('label,pixel\n1,2\n')],
    ['no labels', encodeSafetensors([features])],
    ['no features', encodeSafetensors([byteLabels])],
    ['fewer labels than features', encodeSafetensors([features, labels('UINT8', Uint8Array.of(0, 1).buffer, [2])])],
    ['labels in two dimensions', encodeSafetensors([features, labels('UINT8', Uint8Array.of(0, 1, 2).buffer, [3, 1])])],
    ['labels below 0', encodeSafetensors([features, labels('INT32', Int32Array.of(0, -1, 2).buffer)])],
    ['labels of another type', encodeSafetensors([features, labels('FP32', Float32Array.of(0, 1, 2).buffer)])],
    ['features without a shape', encodeSafetensors([float32Tensor('features', [3], [0, 1, 2]), byteLabels])],
    [
      'features that are not finite',
      encodeSafetensors([float32Tensor('features', [3, 1], [0, Number.NaN, 2]), byteLabels]),
    ],
    [
      'no examples',
      encodeSafetensors([float32Tensor('features', [0, 2], []), labels('UINT8', new ArrayBuffer(0), [0])]),
    ],
  ])('refuses %s with DATASET_INVALID', (_, file) => {
    expect(() => decodeEvaluationSet(file)).toThrow(expect.objectContaining({ code: 'DATASET_INVALID' }));
  });
});

describe('Datasets', () => {
  it('names uploaded content, and knows it after a restart', async () => {
    await using folder = await temporaryFolder();
    const first = await openHouse(folder.path);
    const { digest } = await first.rooms.blobs.add([encodeSafetensors([features, byteLabels])]);
    const view = await first.rooms.datasets.add(NAME, digest);
    expect(datasetView.parse(view)).toMatchObject({ name: NAME, examples: 3, featureShape: [2], classes: 3 });
    expect(await first.rooms.datasets.add(NAME, digest)).toEqual(view);
    await first.stop();
    await using second = await openHouse(folder.path);
    expect(second.rooms.datasets.list()).toEqual([view]);
    expect((await second.rooms.datasets.load(NAME)).examples).toBe(3);
  });

  it('does not give a name other content', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const { blobs, datasets } = house.rooms;
    const one = await blobs.add([encodeSafetensors([features, byteLabels])]);
    const other = await blobs.add([encodeSafetensors([features, labels('UINT8', Uint8Array.of(1, 1, 1).buffer)])]);
    await datasets.add(NAME, one.digest);
    await expect(datasets.add(NAME, other.digest)).rejects.toMatchObject({ code: 'DATASET_EXISTS' });
  });

  it('refuses content that was not uploaded, and names that nobody has', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const { datasets } = house.rooms;
    const missing = `sha256:${'d'.repeat(64)}` as Digest;
    await expect(datasets.add(NAME, missing)).rejects.toMatchObject({ code: 'BLOB_NOT_FOUND' });
    await expect(datasets.load(NAME)).rejects.toMatchObject({ code: 'DATASET_NOT_FOUND' });
  });
});
