import { textAttribute } from '../graph/attributes.ts';
import type { RuleContext } from './rule-context.ts';
import type { GradientRule, RuleTable } from './rule.ts';

/** Sums of products in Einstein's notation. */
export const einsumRules: RuleTable = {
  Einsum: { gradient: einsum },
};

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

interface Equation {
  /** The axes of each operand, a letter for each. */
  readonly operands: readonly string[];
  readonly result: string;
  /** Of each letter; operands may have 1 in its place. */
  readonly sizes: ReadonlyMap<string, number>;
}

/**
 * For each operand the product of the gradient with all others. An axis that is in none of them is repeated; one along
 * which the operand itself was repeated is summed.
 */
function einsum(context: RuleContext): ReturnType<GradientRule> {
  const equation = equationOf(context);
  return equation.operands.map((_, index) => (context.wants(index) ? ofOperand(context, equation, index) : undefined));
}

function ofOperand(context: RuleContext, { operands, result, sizes }: Equation, index: number): string {
  const { emit, node } = context;
  const { dims } = context.input(index);
  const own = operands[index] ?? '';
  const others = operands.filter((_, other) => other !== index);
  const isRepeated = (letter: string) => sizes.get(letter) !== dims[own.indexOf(letter)];
  const isElsewhere = (letter: string) => [result, ...others].some((letters) => letters.includes(letter));
  const present = own
    .split('')
    .filter((letter) => isElsewhere(letter) && !isRepeated(letter))
    .join('');
  const inputs = [context.gradient(), ...node.inputs.filter((_, other) => other !== index)];
  const equation = textAttribute(`${[result, ...others].join(',')}->${present}`);
  const product = emit.op('Einsum', inputs, { equation });
  if (present === own) return product;
  const kept = emit.reshape(
    product,
    own.split('').map((letter, axis) => (present.includes(letter) ? (dims[axis] ?? 1) : 1)),
  );
  return emit.expand(kept, dims);
}

function equationOf(context: RuleContext): Equation {
  const text = context.attributes.text('equation', '').replaceAll(' ', '');
  const [left = '', right] = text.split('->');
  const terms = left.split(',');
  if (terms.some(hasRepeats)) context.refuse(`a diagonal in "${text}"`);
  const letters = ellipsisLetters(context, terms, text);
  const operands = terms.map((term, index) => term.replace('...', tail(letters, ellipsisRank(context, term, index))));
  const result = right === undefined ? implied(terms, letters) : right.replace('...', letters);
  return { operands, result, sizes: sizesOf(context, operands) };
}

function sizesOf(context: RuleContext, operands: readonly string[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  operands.forEach((letters, index) => {
    context.input(index).dims.forEach((size, axis) => {
      const letter = letters[axis] ?? '';
      sizes.set(letter, Math.max(size, sizes.get(letter) ?? 0));
    });
  });
  return sizes;
}

function hasRepeats(term: string): boolean {
  const letters = term.replace('...', '');
  return new Set(letters).size !== letters.length;
}

/** One letter for each axis of the longest ellipsis. */
function ellipsisLetters(context: RuleContext, terms: readonly string[], text: string): string {
  const rank = Math.max(0, ...terms.map((term, index) => ellipsisRank(context, term, index)));
  const unused = LETTERS.split('').filter((letter) => !text.includes(letter));
  return unused.slice(0, rank).join('');
}

function ellipsisRank(context: RuleContext, term: string, index: number): number {
  return term.includes('...') ? context.input(index).dims.length - (term.length - 3) : 0;
}

function tail(letters: string, count: number): string {
  return letters.slice(letters.length - count);
}

/** Without an arrow: the ellipsis, then the letters that appear once, in the order of the alphabet. */
function implied(terms: readonly string[], ellipsis: string): string {
  const all = terms.join('').replaceAll('...', '');
  const once = [...new Set(all)].filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter));
  return ellipsis + once.sort().join('');
}
