import { describe, expect, it } from 'vitest';
import { parseBinding } from '../../src/datasets/binding.ts';

const VALID = {
  name: 'digits',
  source: { kind: 'csv', path: '/data/digits.csv', header: false, label: 64 },
  schema: { features: { shape: [64] }, classes: ['0', '1'] },
};

describe('parseBinding', () => {
  it('fills in what may be left out', () => {
    expect(parseBinding(VALID)).toMatchObject({ scale: 1, source: { delimiter: ',' } });
  });

  const refused: [name: string, change: object, detail: string][] = [
    ['a name with a capital', { name: 'Digits' }, 'name: must be a data set name'],
    ['a name that leaves the folder', { name: '../digits' }, 'name: '],
    ['an unknown field', { sclae: 2 }, 'Unrecognized key: "sclae"'],
    ['an unknown kind', { source: { kind: 'xls', path: '/x' } }, 'source.kind: '],
    ['a relative path', { source: { ...VALID.source, path: 'digits.csv' } }, 'source.path: must be an absolute path'],
    ['a relative list of rows', { rows: 'rows.json' }, 'rows: must be an absolute path'],
    ['a shape without dimensions', { schema: { ...VALID.schema, features: { shape: [] } } }, 'schema.features.shape: '],
    ['a dimension of 0', { schema: { ...VALID.schema, features: { shape: [0] } } }, 'schema.features.shape.0: '],
    [
      'classes without labels',
      { source: { kind: 'npy', features: '/x.npy' } },
      'schema.classes: classes must be listed',
    ],
    ['labels without classes', { schema: { ...VALID.schema, classes: [] } }, 'schema.classes: classes must be listed'],
    ['a class twice', { schema: { ...VALID.schema, classes: ['a', 'a'] } }, 'schema.classes: names a class twice'],
    ['a scale of 0', { scale: 0 }, 'scale: must not be 0'],
    ['an infinite scale', { scale: Infinity }, 'scale: '],
  ];
  for (const [name, change, detail] of refused) {
    it(`refuses ${name}`, () => {
      const error = expect.objectContaining({ code: 'DATASET_INVALID', detail: expect.stringContaining(detail) });
      expect(() => parseBinding({ ...VALID, ...change })).toThrow(error);
    });
  }

  it('refuses what is no object', () => {
    for (const value of [null, 'digits', 3, []]) expect(() => parseBinding(value)).toThrow(/^DATASET_INVALID/);
  });
});
