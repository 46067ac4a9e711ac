import { SedgeError } from '@sedge/protocol';

/** A piece in single quotes, one in double quotes, a character behind a backslash, or plain characters. */
const PIECE = /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)/suy;
const SPACE = /\s+/uy;

/**
 * The words of a command line, with quotes and backslashes as a POSIX shell reads them (XCU 2.2) and nothing else of a
 * shell: `$`, `*`, `|`, `;` are characters like any other. Throws USAGE for a quote that is not closed.
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length;) {
    const space = matchAt(SPACE, text, at);
    const piece = space ?? matchAt(PIECE, text, at);
    if (piece === undefined) throw new SedgeError('USAGE', `not closed: ${text.slice(at, at + 40)}`, { expose: true });
    at += piece[0].length;
    if (space === undefined) word = (word ?? '') + contentOf(piece);
    else if (word !== undefined) words.push(word);
    if (space !== undefined) word = undefined;
  }
  return word === undefined ? words : [...words, word];
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

/** Within double quotes a backslash takes the meaning from quotes and backslashes only. */
function contentOf([, single, double, escaped, plain]: RegExpExecArray): string {
  return single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? plain ?? '';
}
