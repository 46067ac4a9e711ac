import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatDigits, normaliseDigits, parseDigits } from '../../src/data/digits-table.ts';
import { digitsOf, writeDigits } from '../../src/data/digits.ts';
import { drawnDigits } from '../../src/data/drawn-digits.ts';
import { realDigits } from './real-digits.ts';

const blank = Array.from({ length: 64 }, () => 0);

describe('parseDigits', () => {
  it('reads what formatDigits wrote', () => {
    const { test } = drawnDigits('x');
    expect(parseDigits(formatDigits(test))).toEqual(test);
  });

  it('refuses short lines, too much ink and other labels, and names the line', () => {
    const good = `${blank.join()},3`;
    const tooMuchInk = [17, ...blank.slice(1), 3];
    const fraction = [0.5, ...blank.slice(1), 3];
    const empty = ['', ...blank.slice(1), 3];
    for (const bad of [blank, tooMuchInk, fraction, empty, [...blank, 10], [...blank, ''], [...blank, 3, 3], ['x']]) {
      expect(() => parseDigits(`${good}\n${bad.join()}\n`)).toThrow('line 2 is not 64 pixels of 0 to 16 and a digit');
    }
  });

  it('takes other line ends and spaces for the same text', () => {
    expect(normaliseDigits('1, 2\r\n\r\n3,\t4')).toBe('1,2\n3,4\n');
  });
});

describe('digitsOf', () => {
  it('divides the ink by 16', () => {
    const table = { pixels: Uint8Array.from([16, 8, 1, ...blank.slice(3)]), labels: Uint8Array.of(7) };
    const { train } = digitsOf({ train: table, test: table });
    expect(train.features.slice(0, 4)).toEqual(Float32Array.of(1, 0.5, 0.0625, 0));
    expect(train).toMatchObject({ rows: 1, labels: Uint8Array.of(7) });
  });
});

describe('writeDigits', () => {
  it('writes both tables as text and gives the paths', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sedge-digits-'));
    try {
      const drawn = drawnDigits('x');
      const files = await writeDigits(join(folder, 'new'), drawn);
      expect(parseDigits(await readFile(files.test, 'utf8'))).toEqual(drawn.test);
      expect(parseDigits(await readFile(files.train, 'utf8')).labels).toHaveLength(3823);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

const real = await realDigits();
describe.skipIf(real === undefined)('the published digits', () => {
  it('have the counts per class of their description', () => {
    const counts = (labels: Uint8Array) =>
      Array.from({ length: 10 }, (_, digit) => labels.filter((label) => label === digit).length);
    const { test, train } = real ?? drawnDigits('');
    expect(counts(train.labels)).toEqual([376, 389, 380, 389, 387, 376, 377, 387, 380, 382]);
    expect(counts(test.labels)).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
  });
});
