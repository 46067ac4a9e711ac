import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SedgeError, float32Values } from '@sedge/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DatasetBindingInput, parseBinding } from '../../src/datasets/binding.ts';
import { defaultDatasetLimits } from '../../src/datasets/dataset-limits.ts';
import { openDataset, type OpenDataset } from '../../src/datasets/open.ts';
import { idxFile, npyFile, refusalOf, sourceFolder } from './source-folder.ts';

const XOR = { features: { shape: [2] }, classes: ['even', 'odd'] };

async function open(binding: Omit<DatasetBindingInput, 'name'>, limits = defaultDatasetLimits): Promise<OpenDataset> {
  return await openDataset(parseBinding({ name: 'own', ...binding }), limits);
}

function labelsOf({ labels }: OpenDataset): number[] {
  const bytes = labels?.data.slice() ?? new Uint8Array();
  return [...new Int32Array(bytes.buffer)];
}

function valuesOf({ features }: OpenDataset): number[] {
  return [...float32Values(features)];
}

describe('openDataset', () => {
  it('gives features and labels as the training interface of models takes them', async () => {
    await using folder = await sourceFolder();
    const path = await folder.write('xor.csv', 'a,b,kind\n0,1,odd\n1,1,even\n');
    const found = await open({ source: { kind: 'csv', path, header: true, label: 'kind' }, schema: XOR });
    expect(found).toMatchObject({
      count: 2,
      features: { name: 'features', dataType: 'FP32', shape: [2, 2] },
      labels: { name: 'labels', dataType: 'INT32', shape: [2] },
    });
    expect(valuesOf(found)).toEqual([0, 1, 1, 1]);
    expect(labelsOf(found)).toEqual([1, 0]);
  });

  it('selects rows in the order of the list, from a JSON array or from lines', async () => {
    await using folder = await sourceFolder();
    const path = await folder.write('xor.csv', '0,1,odd\n1,1,even\n4,5,odd\n');
    const source = { kind: 'csv', path, header: false, label: -1 } as const;
    for (const list of ['[2, 0]', '2\n0\n', '2\r\n0']) {
      const rows = await folder.write('rows.txt', list);
      const found = await open({ source, schema: XOR, rows, scale: 0.5 });
      expect(valuesOf(found)).toEqual([2, 2.5, 0, 0.5]);
      expect(labelsOf(found)).toEqual([1, 1]);
    }
  });

  it('refuses row lists with unknown rows, rows named twice, no rows and other text', async () => {
    await using folder = await sourceFolder();
    const path = await folder.write('xor.csv', '0,1,odd\n1,1,even\n');
    const source = { kind: 'csv', path, header: false, label: 2 } as const;
    const cases: [string, string][] = [
      ['[2]', 'entry 0 is 2, the source has the rows 0 to 1'],
      ['[-1]', 'entry 0 is -1'],
      ['[0, 0.5]', 'entry 1 is 0.5'],
      ['["0"]', 'entry 0 is NaN'],
      ['0\n1\n0', 'entry 2 names row 0 a second time'],
      ['[]', 'has no rows to use'],
      ['', 'has no rows to use'],
      ['[0', 'is not valid JSON'],
      ['0\nzero', 'line 2 is not a row number'],
    ];
    for (const [list, detail] of cases) {
      const rows = await folder.write('rows.txt', list);
      const refusal = await refusalOf(open({ source, schema: XOR, rows }));
      expect(refusal).toMatch(/^DATASET_INVALID: /);
      expect(refusal).toContain(detail);
    }
  });

  it('lets the detail travel', async () => {
    const source = { kind: 'npy', features: '/nowhere/x.npy' } as const;
    const error: unknown = await open({ source, schema: { features: { shape: [1] }, classes: [] } }).catch((e) => e);
    expect(error).toBeInstanceOf(SedgeError);
    expect(error).toMatchObject({
      code: 'DATASET_INVALID',
      exposed: true,
      detail: '/nowhere/x.npy cannot be read: ENOENT',
    });
  });

  it('reads compressed files of every kind', async () => {
    await using folder = await sourceFolder();
    const features = new Uint8Array([0, 1, 1, 1]);
    const csv = await folder.write('x.csv.gz', '0,1,odd\n1,1,even\n');
    const npy = await folder.write('x.npy.gz', npyFile('|u1', [2, 2], features));
    const npyLabels = await folder.write('y.npy.gz', npyFile('<i8', [2], BigInt64Array.of(1n, 0n)));
    const idx = await folder.write('x.idx.gz', idxFile(8, [2, 2], features));
    const idxLabels = await folder.write('y.idx.gz', idxFile(8, [2], Uint8Array.of(1, 0)));
    const sources = [
      { kind: 'csv', path: csv, header: false, label: 2 },
      { kind: 'npy', features: npy, labels: npyLabels },
      { kind: 'idx', features: idx, labels: idxLabels },
    ] as const;
    for (const source of sources) {
      const found = await open({ source, schema: XOR });
      expect(valuesOf(found)).toEqual([0, 1, 1, 1]);
      expect(labelsOf(found)).toEqual([1, 0]);
    }
  });

  it('notes the checksum of every file as it lies on disk', async () => {
    await using folder = await sourceFolder();
    const path = await folder.write('abc.csv', 'abc\n1\n');
    const found = await open({
      source: { kind: 'csv', path, header: true },
      schema: { features: { shape: [1] }, classes: [] },
    });
    // printf 'abc\n1\n' | sha256sum
    expect(found.checksums).toEqual([
      { path, sha256: '5cb310b6f87a23bce211e77652daf4e4931a010ffbca35148659961a9207e0fb' },
    ]);
    expect(found.labels).toBeUndefined();
  });

  it('refuses folders, damaged gzip and files that are too large, compressed or not', async () => {
    await using folder = await sourceFolder();
    const schema = { features: { shape: [1] }, classes: [] };
    const csv = (path: string) => ({ source: { kind: 'csv', path, header: false } as const, schema });
    await mkdir(join(folder.path, 'inside'));
    expect(await refusalOf(open(csv(join(folder.path, 'inside'))))).toContain('is not a file');
    const damaged = await folder.write('damaged.csv', Uint8Array.of(0x1f, 0x8b, 1, 2, 3));
    expect(await refusalOf(open(csv(damaged)))).toContain('is not a whole gzip file');
    const limits = { ...defaultDatasetLimits, fileBytesMax: 100 };
    const plain = await folder.write('plain.csv', '1\n'.repeat(51));
    expect(await refusalOf(open(csv(plain), limits))).toContain('has 102 bytes, 100 are allowed');
    const packed = await folder.write('packed.csv.gz', '1\n'.repeat(5000));
    expect(await refusalOf(open(csv(packed), limits))).toContain('has more than 100 bytes inside');
  });

  it('refuses more rows and more values than allowed', async () => {
    await using folder = await sourceFolder();
    const path = await folder.write('x.csv', '1,2\n3,4\n5,6\n');
    const binding = { source: { kind: 'csv', path, header: false } as const, schema: { ...XOR, classes: [] } };
    expect(await refusalOf(open(binding, { ...defaultDatasetLimits, rowsMax: 2 }))).toContain('more than 2 rows');
    expect(await refusalOf(open(binding, { ...defaultDatasetLimits, valuesMax: 5 }))).toContain(
      'has 6 values, 5 are allowed',
    );
    expect((await open(binding, { ...defaultDatasetLimits, rowsMax: 3, valuesMax: 6 })).count).toBe(3);
  });

  it('takes another shape of as many values, and no other', async () => {
    await using folder = await sourceFolder();
    const features = await folder.write('x.npy', npyFile('|u1', [2, 2, 3], new Uint8Array(12)));
    const source = { kind: 'npy', features } as const;
    const found = await open({ source, schema: { features: { shape: [6] }, classes: [] } });
    expect(found.features.shape).toEqual([2, 6]);
    const refusal = await refusalOf(open({ source, schema: { features: { shape: [5] }, classes: [] } }));
    expect(refusal).toContain('has 6 values per row, the schema [5] wants 5');
  });

  it('refuses labels of another count, of another shape and outside of the classes', async () => {
    await using folder = await sourceFolder();
    const features = await folder.write('x.npy', npyFile('<f4', [2, 2], new Float32Array(4)));
    const cases: [Uint8Array, string][] = [
      [npyFile('|u1', [3], new Uint8Array(3)), 'has 3 labels, there are 2 rows'],
      [npyFile('|u1', [2, 1], new Uint8Array(2)), 'has the shape [2, 1]'],
      [npyFile('<i2', [2], Int16Array.of(0, 2)), 'row 1 has the label 2, there are the classes 0 to 1'],
      [npyFile('<i2', [2], Int16Array.of(-1, 0)), 'row 0 has the label -1'],
      [npyFile('<f4', [2], Float32Array.of(0, 0.5)), 'row 1 has the label 0.5'],
    ];
    for (const [content, detail] of cases) {
      const labels = await folder.write('y.npy', content);
      expect(await refusalOf(open({ source: { kind: 'npy', features, labels }, schema: XOR }))).toContain(detail);
    }
  });

  it('refuses values that are not finite, also after scaling', async () => {
    await using folder = await sourceFolder();
    const features = await folder.write('x.npy', npyFile('<f8', [2, 2], Float64Array.of(0, 1, 1e38, NaN)));
    const source = { kind: 'npy', features } as const;
    const schema = { ...XOR, classes: [] };
    expect(await refusalOf(open({ source, schema }))).toContain('row 1, value 1 is not finite');
    expect(await refusalOf(open({ source, schema, scale: 10 }))).toContain('row 1, value 0 is not finite');
  });
});

describe('hostile files', () => {
  it('any bytes are a data set or DATASET_INVALID, for every kind', async () => {
    await using folder = await sourceFolder();
    const templates = [
      npyFile('<f4', [2, 2], new Float32Array(4)),
      idxFile(8, [2, 2], new Uint8Array(4)),
      Buffer.from('a,b\n1,2\n'),
    ];
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.tuple(fc.constantFrom(...templates), fc.nat(150), fc.nat(255)).map(([template, at, value]) => {
        const changed = Uint8Array.from(template);
        if (at < changed.length) changed[at] = value;
        return at % 7 === 0 ? changed.subarray(0, at) : changed;
      }),
    );
    await fc.assert(
      fc.asyncProperty(bytes, fc.constantFrom('csv', 'npy', 'idx'), async (content, kind) => {
        const path = await folder.write('x', content);
        const source = kind === 'csv' ? { kind, path, header: true } : { kind, features: path };
        const binding = parseBinding({ name: 'own', source, schema: { ...XOR, classes: [] } });
        const outcome = await openDataset(binding).then(
          ({ count }) => count >= 1,
          (error: unknown) => error,
        );
        if (outcome !== true) expect(outcome).toMatchObject({ code: 'DATASET_INVALID' });
      }),
      { numRuns: 300 },
    );
  });
});

const DATA = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
const hasData = existsSync(DATA);
if (!hasData) process.stderr.write('skipped: there is no ../shared/data\n');

describe.skipIf(!hasData)('published data sets', () => {
  const digit = (count: number) => Array.from({ length: count }, (_, index) => String(index));

  it('reads the handwritten digits with the sums of their description', async () => {
    const source = { kind: 'csv', path: join(DATA, 'digits/optdigits_test.csv.gz'), header: false, label: 64 } as const;
    const found = await open({ source, schema: { features: { shape: [64] }, classes: digit(10) } });
    expect(found.count).toBe(1797);
    // Pixel sum and label sum of scikit-learn's "digits", as the README of the data gives them.
    expect(valuesOf(found).reduce((sum, value) => sum + value, 0)).toBe(561_718);
    expect(labelsOf(found).reduce((sum, label) => sum + label, 0)).toBe(8_070);
  });

  it('reads the MNIST test images with the counts of their description', async () => {
    const source = {
      kind: 'idx',
      features: join(DATA, 'mnist/t10k-images-idx3-ubyte.gz'),
      labels: join(DATA, 'mnist/t10k-labels-idx1-ubyte.gz'),
    } as const;
    const found = await open({ source, scale: 1 / 255, schema: { features: { shape: [784] }, classes: digit(10) } });
    const counts = digit(10).map((_, label) => labelsOf(found).filter((each) => each === label).length);
    expect(counts).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    expect(Math.max(...valuesOf(found).slice(0, 78_400))).toBe(1);
  });

  it('reads a float32 NumPy file, and a table with names for classes', async () => {
    const features = join(DATA, 'har/features.npy.gz');
    const har = await open({ source: { kind: 'npy', features }, schema: { features: { shape: [88] }, classes: [] } });
    expect(har.features.shape).toEqual([9474, 88]);
    const source = { kind: 'csv', path: join(DATA, 'tabular/iris.csv'), header: false, label: -1 } as const;
    const classes = ['Iris-setosa', 'Iris-versicolor', 'Iris-virginica'];
    const iris = await open({ source, schema: { features: { shape: [4] }, classes } });
    expect(classes.map((_, label) => labelsOf(iris).filter((each) => each === label).length)).toEqual([50, 50, 50]);
  });
});
