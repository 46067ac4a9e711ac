import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadCoordinatorConfig } from '@sedge/coordinator';
import { PROGRAM_SETTINGS } from '@sedge/kit';
import { isErrorCode, runPlan } from '@sedge/protocol';
import { inferRequest } from '@sedge/protocol/routes';
import { describe, expect, it } from 'vitest';
import { fencedBlocks, inlineCode, localLinks, remarkValue, REMARK_WORDS, type Block } from './markdown.ts';
import { readPage, root, tutorial } from './pages.ts';

const pages = [
  ...tutorial,
  'ARCHITECTURE.md',
  'SECURITY.md',
  'docs/guides/README.md',
  'docs/benchmarks.md',
  ...pagesIn('docs/decisions'),
];
const blocks = pages.flatMap((page) => fencedBlocks(page, readPage(page)));

function pagesIn(folder: string): string[] {
  return readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);
}

/** Throws for a text that is not what it is said to be. */
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  plan: (text) => runPlan.parse(JSON.parse(text)),
  'inference request': (text) => inferRequest.parse(JSON.parse(text)),
  'coordinator settings': (yamlText) => loadCoordinatorConfig({ env: {}, yamlText }),
};

describe('every block', () => {
  it('is of a language that is run, parsed or only shown', () => {
    const known = ['sh', 'json', 'yaml', 'text', 'ini'];
    expect(blocks.filter(({ language }) => !known.includes(language)).map(({ place }) => place)).toEqual([]);
  });

  it('has only remarks that the tests know, and a reason where it is not run', () => {
    const words: readonly string[] = REMARK_WORDS;
    const unknown = blocks.flatMap(({ place, remarks }) =>
      remarks.filter(({ word }) => !words.includes(word)).map(({ word }) => `${place}: ${word}`),
    );
    expect(unknown).toEqual([]);
    expect(blocks.filter((block) => remarkValue(block, 'not run') === '').map(({ place }) => place)).toEqual([]);
  });

  it.each(blocks.filter(({ language }) => language === 'json' || language === 'yaml'))(
    '$place is what it is said to show',
    (block: Block) => {
      const [what = '', file] = (remarkValue(block, 'shows') ?? 'nothing').split(' of ');
      const read = readers[what];
      expect(read, `${block.place} shows "${what}"`).toBeDefined();
      expect(() => read?.(block.text)).not.toThrow();
      if (file !== undefined) expect(readPage(file).trim()).toBe(block.text);
    },
  );
});

describe('every page', () => {
  it.each(pages)('%s links only to what is there', (page) => {
    const lost = localLinks(readPage(page)).filter((target) => !existsSync(join(root, dirname(page), target)));
    expect(lost).toEqual([]);
  });

  it.each(pages)('%s names only variables, error codes and commands that there are', (page) => {
    const codes = inlineCode(readPage(page));
    const variables = readPage(page).match(/SEDGE_[A-Z_]+/g) ?? [];
    expect(variables.filter((name) => !PROGRAM_SETTINGS.includes(name))).toEqual([]);
    const words = codes.filter((code) => /^[A-Z]+(_[A-Z]+)+$/.test(code) && !code.startsWith('SEDGE_'));
    expect(words.filter((word) => !isErrorCode(word))).toEqual([]);
    expect(codes.filter((code) => /^sedge(-agent)? /.test(code)).flatMap(unknownWords)).toEqual([]);
  });
});

const commandHelp = new Map(
  readPage('docs/reference/cli.md')
    .split(/^##+ (?=sedge)/m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section] as const),
);

/** The command that the words begin with, and each option of it that its help does not have. */
function unknownWords(code: string): string[] {
  const words = code.split(' ');
  const known = words
    .map((_, count) => words.slice(0, words.length - count).join(' '))
    .find((one) => commandHelp.has(one));
  const help = commandHelp.get(known ?? '') ?? '';
  const isGroup = help.includes('\nCommands:\n');
  const rest = words.slice((known ?? '').split(' ').length);
  if (isGroup && rest.length > 0 && !rest[0]?.startsWith('-')) return [`${code}: ${rest[0]} is no command`];
  return rest.filter((word) => word.startsWith('--') && !help.includes(word)).map((word) => `${code}: ${word}`);
}
