import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearestName } from '../src/nearest-name.ts';

describe('nearestName', () => {
  const known = ['noiseMultiplier', 'clipNorm', 'rounds', 'localEpochs'];

  it.each([
    ['noiseMutliplier', 'noiseMultiplier'],
    ['noisemultiplier', 'noiseMultiplier'],
    ['noise_multiplier', 'noiseMultiplier'],
    ['clipnrom', 'clipNorm'],
    ['round', 'rounds'],
    ['localEpoch', 'localEpochs'],
  ])('takes %s for %s', (written, meant) => {
    expect(nearestName(written, known)).toBe(meant);
  });

  it('proposes nothing where no name is near', () => {
    expect(nearestName('temperature', known)).toBeUndefined();
    expect(nearestName('', known)).toBeUndefined();
    expect(nearestName('x'.repeat(100_000), known)).toBeUndefined();
  });

  it('prefers the first of equally near names', () => {
    expect(nearestName('port-c', ['port-a', 'port-b'])).toBe('port-a');
  });
});

describe('editDistance', () => {
  // Counted by hand: kitten → sitten → sittin → sitting; a swap of neighbours is one edit.
  it.each([
    ['kitten', 'sitting', 3],
    ['ab', 'ba', 1],
    ['', 'abc', 3],
    ['same', 'same', 0],
    ['ca', 'abc', 3],
  ])('from %s to %s is %i', (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
  });

  it('is symmetric, zero only for equals, and at most the longer length', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (one, other) => {
        const distance = editDistance(one, other);
        expect(editDistance(other, one)).toBe(distance);
        expect(distance === 0).toBe(one === other);
        expect(distance).toBeLessThanOrEqual(Math.max(one.length, other.length));
      }),
    );
  });
});
