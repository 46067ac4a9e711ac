import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitWords } from '../../src/external-trainer/split-words.ts';

describe('the words of a command line', () => {
  // What `sh -c 'printf "%s\n" …'` prints for each of them; none has a `$` that a shell would expand.
  it.each([
    ['python3 /home/pi/train.py', ['python3', '/home/pi/train.py']],
    ['  a \t b\n', ['a', 'b']],
    [`'one word' "another one" a\\ third`, ['one word', 'another one', 'a third']],
    [`a'b'"c"d`, ['abcd']],
    [`'' ""`, ['', '']],
    [`"say \\"hi\\" \\n" '\\'`, ['say "hi" \\n', '\\']],
  ])('%j', (line, words) => {
    expect(splitWords(line)).toEqual(words);
  });

  it('are nothing but words: what a shell would act on is left as it is', () => {
    expect(splitWords('a;b $(c) *.py | d > e & `f`')).toEqual(['a;b', '$(c)', '*.py', '|', 'd', '>', 'e', '&', '`f`']);
  });

  it.each([`'open`, `"open`, 'open\\'])('of %j are refused', (line) => {
    expect(() => splitWords(line)).toThrow('USAGE: not closed');
  });

  it('come back whatever is in them, once they are quoted', () => {
    const word = fc.string().map((text) => text.replaceAll("'", ''));
    fc.assert(
      fc.property(fc.array(word), (words) => {
        expect(splitWords(words.map((one) => `'${one}'`).join(' '))).toEqual(words);
      }),
    );
  });
});
