import { describe, expect, it } from 'vitest';
import { modelWord } from '../src/model-word.ts';

describe('modelWord', () => {
  it('reads a name, and a name with a version', () => {
    expect(modelWord('digits')).toEqual({ name: 'digits' });
    expect(modelWord('digits@12')).toEqual({ name: 'digits', version: 12 });
  });

  it.each(['', 'Digits', 'digits@', 'digits@0', 'digits@1.5', 'digits@x', 'digits@1@2', 'a b'])(
    'refuses %j with USAGE',
    (text) => {
      expect(() => modelWord(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
    },
  );
});
