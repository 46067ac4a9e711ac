import { describe, expect, it } from 'vitest';
import { fencedBlocks, inlineCode, localLinks, remarkValue } from './markdown.ts';

const page = [
  '# Title',
  '',
  '<!-- needs: arrays -->',
  '<!-- prints: a: b -->',
  '```sh',
  'echo `one`',
  '```',
  '',
  '<!-- in a terminal of its own -->',
  '',
  '```text',
  'shown',
  '```',
  'Call `sedge nodes',
  'list` or read [this](a.md#part) and [that](https://example.org).',
].join('\n');

describe('fencedBlocks', () => {
  it('finds text, language, line and the remarks right above, not those with a line between', () => {
    const [first, second] = fencedBlocks('page.md', page);
    expect(first).toMatchObject({ place: 'page.md:5', language: 'sh', text: 'echo `one`' });
    expect(first && remarkValue(first, 'needs')).toBe('arrays');
    expect(first && remarkValue(first, 'prints')).toBe('a: b');
    expect(second).toMatchObject({ place: 'page.md:11', language: 'text', text: 'shown', remarks: [] });
  });

  it('refuses a block without an end, which would run everything below it', () => {
    expect(() => fencedBlocks('page.md', '```sh\nrm file')).toThrow('page.md:1');
  });
});

describe('inlineCode', () => {
  it('is what stands between backticks in the text, over a line end too', () => {
    expect(inlineCode(page)).toEqual(['sedge nodes list']);
  });
});

describe('localLinks', () => {
  it('leaves out other hosts and places within a page', () => {
    expect(localLinks(page)).toEqual(['a.md']);
  });
});
