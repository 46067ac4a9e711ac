/** A fenced block of a page, with what the HTML comments right above it say of it. */
export interface Block {
  /** Page and line, for messages. */
  readonly place: string;
  readonly language: string;
  readonly text: string;
  readonly remarks: readonly Remark[];
}

/** `<!-- not run: the reason -->`: a word that the tests know, and what stands behind its colon. */
export interface Remark {
  readonly word: string;
  readonly value: string;
}

export const REMARK_WORDS = [
  'not run',
  'in a terminal of its own',
  'waits for',
  'needs',
  'prints',
  'shows',
  'where there is',
] as const;

/** The fenced blocks of a page, in their order. Throws for a fence that is not closed. */
export function fencedBlocks(page: string, markdown: string): Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  let remarks: Remark[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line.startsWith('```')) {
      const end = lines.indexOf('```', at + 1);
      if (end < 0) throw new SyntaxError(`${page}:${at + 1} opens a block that is not closed`);
      const text = lines.slice(at + 1, end).join('\n');
      blocks.push({ place: `${page}:${at + 1}`, language: line.slice(3), text, remarks });
      at = end;
    }
    remarks = line.startsWith('<!--') ? [...remarks, remarkOf(line)] : [];
  }
  return blocks;
}

export function remarkValue({ remarks }: Block, word: (typeof REMARK_WORDS)[number]): string | undefined {
  return remarks.find((remark) => remark.word === word)?.value;
}

/** Code within lines of text, outside of fenced blocks; line ends within it are spaces. */
export function inlineCode(markdown: string): string[] {
  const text = markdown.replaceAll(/^```.*?^```$/gms, '').replaceAll(/<!--.*?-->/gs, '');
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replaceAll(/\s+/g, ' '));
}

/** Where the links of a page lead, without those to other hosts. */
export function localLinks(markdown: string): string[] {
  const targets = [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z]+:|^#/.test(target)).map((target) => target.replace(/#.*/, ''));
}

function remarkOf(line: string): Remark {
  const [, word = '', value = ''] = /^<!-- ([^:]*?)(?:: (.*?))? -->$/.exec(line) ?? [];
  return { word, value };
}
