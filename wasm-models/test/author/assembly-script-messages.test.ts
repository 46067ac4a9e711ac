import { describe, expect, it } from 'vitest';
import { oneLineMessages } from '../../src/author/assembly-script-messages.ts';

/** As the compiler of version 0.28 draws them. */
const DRAWN = `ERROR TS2304: Cannot find name 'missing'.
    :
 27 │ return missing;
    │        ~~~~~~~
    └─ in model.ts(27,12)

WARNING AS210: Expression is never 'null'.
    :
  3 │ work!;
    │ ~~~~
    └─ in lib/work.ts(3,1)
`;

describe('oneLineMessages', () => {
  it('puts the place before the words, a line for each message', () => {
    expect(oneLineMessages(DRAWN).split('\n')).toEqual([
      "model.ts:27:12: error TS2304: Cannot find name 'missing'.",
      "lib/work.ts:3:1: warning AS210: Expression is never 'null'.",
    ]);
  });

  it('keeps what has another form', () => {
    expect(oneLineMessages('FAILURE the file is gone\n')).toBe('FAILURE the file is gone');
    expect(oneLineMessages('ERROR TS6054: File not found\n')).toBe('ERROR TS6054: File not found');
  });
});
