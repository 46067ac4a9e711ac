import { describe, expect, it } from 'vitest';
import { type CsvSource, datasetSource } from '../../../src/datasets/binding.ts';
import { defaultDatasetLimits } from '../../../src/datasets/dataset-limits.ts';
import type { SourceRows } from '../../../src/datasets/examples.ts';
import { parseCsv } from '../../../src/datasets/readers/csv.ts';

function read(text: string, source: object, classes: readonly string[] = []): SourceRows {
  const file = { path: 'x.csv', content: Buffer.from(text), sha256: '' };
  const full = datasetSource.parse({ kind: 'csv', path: '/x.csv', ...source }) as CsvSource;
  return parseCsv(file, full, classes, { ...defaultDatasetLimits, recordBytesMax: 200 });
}

function featuresOf({ features }: SourceRows): number[] {
  return Array.from(features.values).slice(0, (features.shape[0] ?? 0) * (features.shape[1] ?? 0));
}

describe('parseCsv', () => {
  it('takes quotes, spaces, a byte order mark, CRLF, empty lines and another delimiter', () => {
    expect(featuresOf(read('\ufeff"1" , 2.5\r\n\r\n-3e1,+.5\r\n', { header: false }))).toEqual([1, 2.5, -30, 0.5]);
    expect(featuresOf(read('1;2\n', { header: false, delimiter: ';' }))).toEqual([1, 2]);
  });

  it('finds columns by name, by position and from the end', () => {
    const text = 'id,a,b,kind\n7,1,2,x\n8,3,4,y\n';
    const byName = read(text, { header: true, label: 'kind', features: ['b', 'a'] }, ['y', 'x']);
    expect(featuresOf(byName)).toEqual([2, 1, 4, 3]);
    expect(byName.labels?.values[0]).toBe(1);
    expect(byName.labels?.shape).toEqual([2]);
    expect(featuresOf(read(text, { header: true, label: -1, features: [1] }, ['y', 'x']))).toEqual([1, 3]);
    expect(featuresOf(read(text, { header: true, label: 3 }, ['y', 'x']))).toEqual([7, 1, 2, 8, 3, 4]);
  });

  it('keeps its numbers when the table grows', () => {
    const lines = Array.from({ length: 3000 }, (_, row) => `${row},${1 - row},${row % 2}`);
    const table = read(lines.join('\n'), { header: false, label: 2 }, ['0', '1']);
    expect(featuresOf(table)).toEqual(lines.flatMap((_, row) => [row, 1 - row]));
    expect(Array.from(table.labels?.values ?? []).slice(0, 3000)).toEqual(lines.map((_, row) => row % 2));
  });

  const refused: [name: string, text: string, source: object, detail: string][] = [
    ['text in a feature', '1,2\n3,abc\n', {}, 'x.csv: row 1, column 1 holds "abc", not a number'],
    ['an empty cell', '1,\n', {}, 'row 0, column 1 holds ""'],
    ['what only JavaScript takes for a number', '0x10,1\n', {}, 'row 0, column 0 holds "0x10"'],
    ['infinity', '1,Infinity\n', {}, 'row 0, column 1'],
    ['a line that is too short', '1,2\n3\n', {}, 'on line 2'],
    ['a quote without an end', '1,"2\n', {}, 'x.csv: '],
    ['a line without an end', `1,${'2'.repeat(300)}`, {}, 'x.csv: '],
    ['an empty file', '\n\n', {}, 'x.csv is empty'],
    ['a header that looks like a row', '1,2\n3,4\n', { header: true }, 'bind it with "header": false'],
    ['an unknown name', 'a,b\n1,2\n', { header: true, features: ['c'] }, 'x.csv has no column "c"; it has 2 columns'],
    ['a name without a header', '1,2\n', { features: ['a'] }, 'x.csv has no header line'],
    ['a position past the end', '1,2\n', { features: [2] }, 'x.csv has no column 2'],
    ['a position before the start', '1,2\n', { features: [-3] }, 'x.csv has no column -3'],
    ['a name that is there twice', 'a,a\n1,2\n', { header: true, features: ['a'] }, 'two columns named "a"'],
    ['a label among the features', '1,2\n', { label: 1, features: [0, -1] }, 'both the label and a feature'],
    ['a label that is no class', '1,z\n', { label: 1 }, 'row 0, column 1 holds "z", not one of the classes'],
  ];
  for (const [name, text, source, detail] of refused) {
    it(`refuses ${name}`, () => {
      const error = expect.objectContaining({ code: 'DATASET_INVALID', detail: expect.stringContaining(detail) });
      expect(() => read(text, { header: false, ...source }, ['x', 'y'])).toThrow(error);
    });
  }

  it('shortens a long cell in what it says', () => {
    expect(() => read(`${'z'.repeat(100)}\n`, { header: false })).toThrow(`"${'z'.repeat(40)}…"`);
  });
});
