import { describe, expect, it } from 'vitest';
import { pairs, table } from '../src/table.ts';

describe('table', () => {
  it('stands in columns as wide as their widest entry', () => {
    expect(
      table(
        ['A', 'LONG'],
        [
          ['one', '2'],
          ['x', 'y'],
        ],
      ),
    ).toEqual(['A    LONG', 'one  2', 'x    y']);
  });

  it('fits the columns of the terminal: the widest column is cut', () => {
    const lines = table(['ID', 'TEXT', 'N'], [['n-1', 'word '.repeat(40), '12']], 40);
    expect(Math.max(...lines.map((line) => line.length))).toBe(40);
    expect(lines[1]).toMatch(/^n-1 {2}word word .*… {2}12$/);
  });

  it('never cuts the first column, which the next command needs', () => {
    const [, row = ''] = table(['ID', 'TEXT'], [['enr-0123456789abcdefghjk', 'a long text that has no room']], 32);
    expect(row).toBe('enr-0123456789abcdefghjk  a lon…');
  });

  it('puts text with line ends on one line', () => {
    expect(table(['A'], [['one\n  two']])[1]).toBe('one two');
  });
});

describe('pairs', () => {
  it('leaves out what is not known', () => {
    expect(pairs({ name: 'a', status: undefined, epsilon: '', round: 0 })).toEqual(['name   a', 'round  0']);
  });
});
