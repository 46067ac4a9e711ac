import { describe, expect, it } from 'vitest';
import { RecentMap } from '../src/index.ts';

describe('RecentMap', () => {
  it('lets go of what was used longest ago', () => {
    const map = new RecentMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.get('a');
    map.set('c', 3);
    expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([1, undefined, 3, 2]);
  });

  it('makes a value once', () => {
    const map = new RecentMap<string, number>(2);
    let made = 0;
    const make = (): number => ++made;
    expect([map.getOrMake('a', make), map.getOrMake('a', make)]).toEqual([1, 1]);
    expect(map.delete('a')).toBe(true);
    expect(map.getOrMake('a', make)).toBe(2);
  });

  it('replaces a value without letting another one go', () => {
    const map = new RecentMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.set('b', 3);
    expect([map.get('a'), map.get('b')]).toEqual([1, 3]);
  });
});
