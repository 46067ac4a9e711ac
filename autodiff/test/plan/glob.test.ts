import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesGlob } from '../../src/plan/glob.ts';

describe('matchesGlob', () => {
  it.each([
    ['head.weight', 'head.*', true],
    ['head.weight', '*.weight', true],
    ['head.weight', 'head.weight', true],
    ['head.weight', '*', true],
    ['head.weight', 'h*d.w*t', true],
    ['head.weight', 'head?weight', true],
    ['head.weight', 'head', false],
    ['head.weight', 'ead*', false],
    ['head.weight', '*.weigh', false],
    ['headxweight', 'head.weight', false],
    ['a*b', 'a*b', true],
    ['', '*', true],
    ['', '?', false],
  ])('%j and %j: %s', (name, pattern, expected) => {
    expect(matchesGlob(name, pattern)).toBe(expected);
  });

  it('agrees with a regular expression', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 7 });
    fc.assert(
      fc.property(text, text, (name, pattern) => {
        const expression = pattern
          .replaceAll('.', String.raw`\.`)
          .replaceAll('*', '.*')
          .replaceAll('?', '.');
        expect(matchesGlob(name, pattern)).toBe(new RegExp(`^${expression}$`).test(name));
      }),
    );
  });

  it('takes no time for a pattern of stars', () => {
    expect(matchesGlob('a'.repeat(2000), `${'a*'.repeat(200)}b`)).toBe(false);
  });
});
