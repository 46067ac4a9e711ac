import { functionLines } from '../function-lines.ts';
import { pairs } from '../table.ts';
import { sizeWords } from '../words.ts';
import type { CheckedModel, CheckedStep } from './check-model.ts';

/** What each step is about, for people. */
const MEANINGS: Readonly<Record<string, string>> = {
  magic: 'begins as a component',
  sections: 'its sections can be read',
  imports: 'asks for nothing but the log',
  exports: 'has the functions of its world',
  limits: 'memory and tables within bounds',
  compile: 'its code is valid',
  file: 'the ONNX file can be read',
  start: 'starts in the sandbox and tells its functions',
  weights: 'takes the weights',
};

const MARKS = { passed: 'ok     ', refused: 'REFUSED', skipped: '-      ' } as const;

/** A check as people read it: the steps, then what the model is, or why it would be refused. */
export function checkLines(checked: CheckedModel): string[] {
  const { format, sizeBytes, digest, functions, trainable, remarks, isAccepted } = checked;
  return [
    ...checked.steps.flatMap(stepLines),
    '',
    ...pairs({ format, size: sizeWords(sizeBytes), digest, ...functionLines({ functions }) }),
    ...(isAccepted ? [`trainable  ${trainable ? 'yes' : 'no'}`] : []),
    ...remarks.map((remark) => `note: ${remark}`),
    isAccepted ? 'A node takes it.' : 'A node refuses it.',
  ];
}

function stepLines({ step, outcome, code, detail, advice }: CheckedStep): string[] {
  const line = `${MARKS[outcome]}  ${step.padEnd(8)}  ${MEANINGS[step] ?? ''}`;
  if (outcome !== 'refused') return [line];
  return [line, `         ${code}: ${detail}`, ...(advice === undefined ? [] : [`         ${advice}`])];
}
