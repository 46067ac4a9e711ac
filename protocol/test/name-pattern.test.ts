import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesPattern, selectParameters } from '../src/index.ts';

describe('a pattern of names', () => {
  it.each([
    ['head.weight', 'head.*', true],
    ['head.weight', '*weight', true],
    ['head.weight', 'h*a*t', true],
    ['head.weight', 'head.?eight', true],
    ['head.weight', 'head', false],
    ['head.weight', '*.bias', false],
    ['headXweight', 'head.weight', false],
    ['', '*', true],
    ['', '?', false],
  ])('of %j, %j says %s', (name, pattern, fits) => {
    expect(matchesPattern(name, pattern)).toBe(fits);
  });

  it('says the same as a regular expression', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 12 });
    fc.assert(
      fc.property(text, text, (name, pattern) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(matchesPattern(name, pattern)).toBe(expression.test(name));
      }),
    );
  });

  it('with many stars ends at once', () => {
    expect(matchesPattern('a'.repeat(200), `${'*a'.repeat(100)}b`)).toBe(false);
  });

  it('selects in the order of the parameters', () => {
    const parameters = ['a.w', 'b.w', 'b.v'].map((name) => ({ name, shape: [1] }));
    expect(selectParameters(parameters, ['b.v', 'a.*']).map(({ name }) => name)).toEqual(['a.w', 'b.v']);
    expect(selectParameters(parameters, undefined)).toBe(parameters);
  });
});
