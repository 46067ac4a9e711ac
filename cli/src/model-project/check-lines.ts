import { sizeWords } from '@sedge/kit';
import { DEFAULT_CAPS, type GrowthDemand, type GrowthRange } from '@sedge/runtime';
import { functionLines } from '../function-lines.ts';
import { pairs } from '../table.ts';
import type { CheckedModel, CheckedStep } from './check-model.ts';

/** What each step is about, for people. */
const MEANINGS: Readonly<Record<string, string>> = {
  magic: 'begins as a component',
  sections: 'its structure',
  imports: 'what it asks for: the log and nothing else',
  exports: 'the functions of its world',
  limits: 'memory and tables that it asks for',
  compile: 'its code',
  file: 'the structure of the ONNX file',
  start: 'its first steps in the sandbox, and its list of functions',
  weights: 'what it says to the weights',
};

/** Of WebAssembly's memory. */
const PAGE_BYTES = 65_536;

const MARKS = { passed: 'ok     ', refused: 'REFUSED', skipped: '-      ' } as const;

/** A check as people read it: the steps, then what the model is, or why it would be refused. */
export function checkLines(checked: CheckedModel): string[] {
  const { format, sizeBytes, digest, functions, trainable, demand, remarks, isAccepted } = checked;
  const words = {
    format,
    size: sizeWords(sizeBytes),
    digest,
    ...(demand && demandWords(demand)),
    ...functionLines({ functions }),
    trainable: isAccepted ? (trainable ? 'yes' : 'no') : undefined,
  };
  return [
    ...checked.steps.flatMap(stepLines),
    '',
    ...pairs(words),
    ...remarks.map((remark) => `note: ${remark}`),
    isAccepted ? 'A node takes it.' : 'A node refuses it.',
  ];
}

function demandWords({ memory, tables }: GrowthDemand): Record<string, string> {
  const pages = (count: number) => sizeWords(count * PAGE_BYTES);
  const entries = tables.map((table) => rangeWords(table, DEFAULT_CAPS.tableEntriesMax, (count) => `${count} entries`));
  return {
    memory: rangeWords(memory, DEFAULT_CAPS.memoryPagesMax, pages),
    ...(entries.length === 0 ? {} : { tables: entries.join('; ') }),
  };
}

/** The lower one of both maxima holds. */
function rangeWords({ least, most = Infinity }: GrowthRange, cap: number, words: (count: number) => string): string {
  return `${words(least)} at the start, at most ${words(Math.min(most, cap))}`;
}

function stepLines({ step, outcome, code, detail, advice }: CheckedStep): string[] {
  const line = `${MARKS[outcome]}  ${step.padEnd(8)}  ${MEANINGS[step] ?? ''}`;
  if (outcome !== 'refused') return [line];
  return [line, `         ${code}: ${detail}`, ...(advice === undefined ? [] : [`         ${advice}`])];
}
