import { describe, expect, it } from 'vitest';
import { Narrator } from '../../src/demo/narrator.ts';

function told(isTerminal: boolean, tell: (narrator: Narrator) => void): string {
  let text = '';
  tell(new Narrator({ isTerminal, write: (more) => (text += more) }));
  return text;
}

function finishBar(narrator: Narrator): void {
  const bar = narrator.bar('rounds', 8);
  for (let round = 1; round <= 8; round += 1) bar.advance(`${round}0 %`);
}

describe('Narrator', () => {
  it('draws a bar over itself on a terminal, and ends its line when it is full', () => {
    const text = told(true, finishBar);
    expect(text.split('\r')).toHaveLength(10);
    expect(text).toContain(`[${'#'.repeat(15)}${'.'.repeat(15)}] rounds 4/8  40 %`);
    expect(text.endsWith('rounds 8/8  80 %\u001B[K\n')).toBe(true);
  });

  it('tells a bar in a few plain lines where nothing can be drawn over', () => {
    const text = told(false, finishBar);
    expect(text).toBe('  rounds 2/8  20 %\n  rounds 4/8  40 %\n  rounds 6/8  60 %\n  rounds 8/8  80 %\n');
  });

  it('tells the end of a bar also when its steps do not divide it', () => {
    const text = told(false, (narrator) => {
      const bar = narrator.bar('rounds', 7);
      for (let round = 1; round <= 7; round += 1) bar.advance();
    });
    expect(text.endsWith('  rounds 7/7\n')).toBe(true);
  });
});
