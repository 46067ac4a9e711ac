import { collectingLog } from '@sedge/kit/testing';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutputLines } from '../../src/external-trainer/output-lines.ts';
import { TrainerOutput } from '../../src/external-trainer/trainer-output.ts';
import { TrainingSteps, type StepsReport } from '../../src/external-trainer/training-steps.ts';
import { smallJob } from './round.ts';

describe('the lines of a program', () => {
  it('are the same however the bytes arrive, also within a character', () => {
    const text = 'größe\n\nzwei\r\ndrei';
    const bytes = Buffer.from(text);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 5 }), (cuts) => {
        const lines: string[] = [];
        const output = new OutputLines((line) => lines.push(line));
        const places = [0, ...cuts.toSorted((left, right) => left - right), bytes.length];
        for (const [index, end] of places.slice(1).entries()) output.hear(bytes.subarray(places[index], end));
        output.end();
        expect(lines).toEqual(['größe', '', 'zwei', 'drei']);
      }),
    );
  });

  it('are cut where they are too long, and what waits for a line end is bounded too', () => {
    const lines: string[] = [];
    const output = new OutputLines((line) => lines.push(line));
    for (let part = 0; part < 100; part += 1) output.hear(Buffer.alloc(1_000, 'x'));
    output.hear(Buffer.from('\nshort\n'));
    expect(lines.map(({ length }) => length)).toEqual([2_000, 5]);
  });

  it('go to the log up to a bound; reports of progress do not count', () => {
    const log = collectingLog();
    const reports: StepsReport[] = [];
    const output = new TrainerOutput({ log, onSteps: (report) => reports.push(report) });
    output.stdout.hear(Buffer.from('progress {"stepsDone":1,"stepsTotal":4,"loss":0.5}\nprogress {"stepsDone":-1}\n'));
    output.stdout.hear(Buffer.from(Array.from({ length: 1_000 }, (_, line) => `line ${line}\n`).join('')));
    output.stderr.hear(Buffer.from(Array.from({ length: 50 }, (_, line) => `word ${line}\n`).join('')));
    output.stdout.hear(Buffer.from('progress {"stepsDone":2,"stepsTotal":4}\n'));
    output.end();
    expect(reports).toEqual([
      { stepsDone: 1, stepsTotal: 4, loss: 0.5 },
      { stepsDone: 2, stepsTotal: 4 },
    ]);
    expect(log.messages('info').filter((message) => message === 'a trainer says')).toHaveLength(200);
    expect(log.entries.at(-1)?.fields).toEqual({ dropped: 851 });
    expect(output.lastWords.split('\n')).toEqual(Array.from({ length: 10 }, (_, line) => `word ${line + 40}`));
  });
});

describe('the progress of a program', () => {
  it('becomes the sums that a model host tells', () => {
    // Two epochs of three rows are six examples: a step of four has seen one and a half, rounded.
    const steps = new TrainingSteps(smallJob());
    expect(steps.take({ stepsDone: 1, stepsTotal: 4, loss: 3 })).toEqual({
      stepsDone: 1,
      stepsTotal: 4,
      examplesSeen: 2,
      lossSum: 6,
    });
    expect(steps.take({ stepsDone: 4, stepsTotal: 4, loss: 1 })).toMatchObject({ examplesSeen: 6, lossSum: 10 });
  });

  it('that goes back, or past its end, is dropped', () => {
    const steps = new TrainingSteps(smallJob());
    expect(steps.take({ stepsDone: 2, stepsTotal: 4 })).toBeDefined();
    expect(steps.take({ stepsDone: 1, stepsTotal: 4 })).toBeUndefined();
    expect(steps.take({ stepsDone: 2, stepsTotal: 4 })).toBeUndefined();
    expect(steps.take({ stepsDone: 5, stepsTotal: 4 })).toBeUndefined();
  });
});
