import { nodeId } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { newId, seededRandomness } from '../src/index.ts';

describe('newId', () => {
  it('makes ids that a topic level takes', () => {
    const id = newId(seededRandomness('id'), 'node');
    expect(id).toMatch(/^node-[0-9a-hjkmnp-tv-z]{20}$/);
    expect(nodeId.safeParse(id).success).toBe(true);
  });

  it('does not repeat itself', () => {
    const randomness = seededRandomness('ids');
    const ids = Array.from({ length: 10_000 }, () => newId(randomness, 'run'));
    expect(new Set(ids).size).toBe(ids.length);
  });
});
