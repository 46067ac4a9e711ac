import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandomness, systemClock, type Clock } from '@sedge/kit';
import { collectingLog, fakeClock, temporaryFolder, type TemporaryFolder } from '@sedge/kit/testing';
import { decodeSafetensors, encodeSafetensors, float32Values, SedgeError, type ModelName } from '@sedge/protocol';
import type { TrainingProgress } from '@sedge/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StartedTrainer } from '../../src/external-trainer/binding.ts';
import { ExternalTrainers } from '../../src/external-trainer/external-trainers.ts';
import { signalGroup } from '../../src/external-trainer/process-group.ts';
import { PullJobs } from '../../src/external-trainer/pull-jobs.ts';
import { runProgram } from '../../src/external-trainer/run-program.ts';
import { TrainerOutput } from '../../src/external-trainer/trainer-output.ts';
import { PARAMETERS, roundWeights, smallJob } from './round.ts';
import { scriptedTrainer } from './scripted-trainer.ts';

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

const ENVIRONMENT = { PATH: process.env['PATH'], HOME: '/home/pi', LANG: 'C.UTF-8', SEDGE_TOKEN: 'secret' };

function trainersOf({ clock = systemClock, hasDoor = true }: { clock?: Clock; hasDoor?: boolean } = {}) {
  const log = collectingLog();
  const rounds = join(folder.path, 'rounds');
  const jobs = new PullJobs({ clock, randomness: seededRandomness('jobs') });
  const trainers = new ExternalTrainers({ clock, log, folder: rounds, environment: ENVIRONMENT, jobs, hasDoor });
  const progress: TrainingProgress[] = [];
  const never = new AbortController();
  const train = (trainer: StartedTrainer | { kind: 'pull' }, timeoutMs = 20_000) =>
    trainers.train({ model: 'digits' as ModelName, trainer }, smallJob(), {
      timeoutMs,
      signal: never.signal,
      onProgress: (one) => progress.push(one),
    });
  return { log, rounds, jobs, trainers, progress, train, stop: never };
}

/** The id of the process that a line of the log tells of. */
async function childIn(log: ReturnType<typeof collectingLog>): Promise<number> {
  const said = () => log.entries.map(({ fields }) => /^child (\d+)$/.exec(String(fields['line']))?.[1]);
  while (said().every((id) => id === undefined)) await sleep(5);
  return Number(said().find((id) => id !== undefined));
}

/** Gone, or dead and not yet buried by its parent (state Z of proc(5)). */
async function isGone(processId: number): Promise<boolean> {
  for (let tries = 0; tries < 500; tries += 1) {
    const stat = await readFile(`/proc/${processId}/stat`, 'utf8').catch(() => ') Z');
    if (stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')) return true;
    await sleep(10);
  }
  return false;
}

describe('a program that the agent starts', { timeout: 30_000 }, () => {
  it('brings weights and metrics, tells how far it is, and leaves nothing', async () => {
    const { log, rounds, progress, train } = trainersOf();
    const outcome = await train(await scriptedTrainer(folder.path, 'good'));
    expect(outcome.weights.map(({ name }) => name)).toEqual(PARAMETERS.map(({ name }) => name));
    expect(outcome.weights.flatMap((tensor) => [...float32Values(tensor)])).toEqual([2, 2, 2, 2, 2, 2]);
    expect(outcome.metrics).toEqual([{ name: 'loss', value: 2 }]);
    // Two epochs of three rows, the loss a mean: 4 · 3, then 2 · 3 more.
    expect(progress).toEqual([
      { stepsDone: 1, stepsTotal: 2, examplesSeen: 3, lossSum: 12 },
      { stepsDone: 2, stepsTotal: 2, examplesSeen: 6, lossSum: 18 },
    ]);
    expect(log.entries.map(({ fields }) => fields['line'])).toContain('half way');
    expect(await readdir(rounds)).toEqual([]);
  });

  it('is told its round, and nothing of the environment but what it needs', async () => {
    const { log, train } = trainersOf();
    await train(await scriptedTrainer(folder.path, 'tell', 'a b', '$(id)', ''));
    const line = log.entries.map(({ fields }) => String(fields['line'])).find((text) => text.startsWith('{'));
    const { config, env, cwd, words } = JSON.parse(line ?? '');
    const path = env.SEDGE_TRAINER_FOLDER;
    expect(env).toEqual({
      PATH: ENVIRONMENT.PATH,
      HOME: '/home/pi',
      LANG: 'C.UTF-8',
      SEDGE_TRAINER_FOLDER: path,
      SEDGE_TRAINER_CONFIG: join(path, 'config.json'),
    });
    expect({ cwd, words }).toEqual({ cwd: folder.path, words: ['a b', '$(id)', ''] });
    expect(config).toEqual({
      format: 'sedge.trainer/v1',
      run: 'run-1',
      round: 3,
      model: { name: 'digits', version: 2 },
      dataset: 'rows',
      examples: 3,
      local: { epochs: 2, batchSize: 2, learningRate: 0.1, proximal: 0 },
      seed: '9223372036854775809',
      parameters: PARAMETERS,
      // Nine tenths of the round.
      timeoutMs: 18_000,
      paths: {
        weights: join(path, 'weights.safetensors'),
        features: join(path, 'features.npy'),
        labels: join(path, 'labels.npy'),
        result: join(path, 'result.safetensors'),
        metrics: join(path, 'metrics.json'),
      },
    });
  });

  it.each([
    ['nan', 'UPDATE_INVALID', 'not finite'],
    ['shapes', 'TENSOR_MISMATCH', 'layer0.weight is FP32 [4, 1]'],
    ['nothing', 'TRAINER_FAILED', 'left no result.safetensors'],
    ['folder', 'UPDATE_INVALID', 'is no regular file'],
    ['endless', 'UPDATE_INVALID', 'left 8388608 bytes'],
    ['fails', 'TRAINER_FAILED', 'ended with status 3: CUDA out of memory'],
  ])('that does "%s" is refused with %s', async (what, code, detail) => {
    const { rounds, train } = trainersOf();
    const training = train(await scriptedTrainer(folder.path, what));
    await expect(training).rejects.toMatchObject({ code, detail: expect.stringContaining(detail) });
    expect(await readdir(rounds)).toEqual([]);
  });

  it('says on its standard error what stays on the node', async () => {
    const { train } = trainersOf();
    const failure = await train(await scriptedTrainer(folder.path, 'fails')).catch((error: unknown) => error);
    expect((failure as SedgeError).exposed).toBe(false);
  });

  it.each([
    ['is not there', { kind: 'program', words: ['/nowhere/python9'], workingDirectory: '/' }],
    ['was bound in a folder that is gone', { kind: 'program', words: ['node'], workingDirectory: '/nowhere' }],
    ['has a word that no program takes', { kind: 'program', words: ['node', '\0'], workingDirectory: '/' }],
  ] as const)('that %s is an answer, too', async (_, trainer) => {
    const { rounds, train } = trainersOf();
    await expect(train({ ...trainer, words: [...trainer.words] })).rejects.toMatchObject({
      code: 'TRAINER_FAILED',
      detail: expect.stringContaining('cannot be started'),
    });
    expect(await readdir(rounds)).toEqual([]);
  });

  it('that hangs is asked to end at its deadline, and then made to, with what it started', async () => {
    const clock = fakeClock();
    const { log, rounds, train } = trainersOf({ clock });
    const training = train(await scriptedTrainer(folder.path, 'hangs'), 10_000);
    const failed = expect(training).rejects.toMatchObject({ code: 'TRAINER_TIMEOUT' });
    const child = await childIn(log);
    await clock.advance(9_000);
    // It says no to SIGTERM.
    while (!log.entries.some(({ fields }) => fields['line'] === 'no')) await sleep(5);
    await clock.advance(2_000);
    await failed;
    expect(await isGone(child)).toBe(true);
    expect(await readdir(rounds)).toEqual([]);
  });

  it('ends with its round, and with the agent', async () => {
    const stops = [
      ({ stop }: ReturnType<typeof trainersOf>) => stop.abort(new SedgeError('ROUND_CLOSED', 'complete')),
      ({ trainers }: ReturnType<typeof trainersOf>) => void trainers.stop(),
    ];
    for (const [index, code] of ['TRAINING_STOPPED', 'STOPPING'].entries()) {
      const clock = fakeClock();
      const open = trainersOf({ clock });
      const failed = expect(open.train(await scriptedTrainer(folder.path, 'hangs'))).rejects.toMatchObject({ code });
      const child = await childIn(open.log);
      stops[index]?.(open);
      await clock.advance(2_000);
      await failed;
      expect(await isGone(child)).toBe(true);
    }
  });

  it('that cannot be ended, because it changed its user, is given up', async () => {
    const clock = fakeClock();
    const log = collectingLog();
    const stop = new AbortController();
    const output = new TrainerOutput({ log, onSteps: () => undefined });
    const words: [string, ...string[]] = [
      process.execPath,
      '-e',
      'console.log("child " + process.pid); setInterval(() => 0, 1000)',
    ];
    const running = runProgram(
      { kind: 'program', words, workingDirectory: '/' },
      {
        environment: {},
        clock,
        log,
        output,
        signal: stop.signal,
        signalGroup: () => {
          throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
        },
      },
    );
    const failed = expect(running).rejects.toMatchObject({ detail: expect.stringContaining('cannot be ended') });
    const child = await childIn(log);
    stop.abort(new Error('enough'));
    await clock.advance(3_000);
    await failed;
    expect(log.messages('warn')).toEqual(['a trainer cannot be ended', 'a trainer cannot be ended']);
    signalGroup(child, 'SIGKILL');
    expect(await isGone(child)).toBe(true);
  });

  it('may say more than anybody reads', async () => {
    const { log, train } = trainersOf();
    const { weights } = await train(await scriptedTrainer(folder.path, 'floods'));
    expect(weights).toHaveLength(2);
    expect(log.messages('info').filter((message) => message === 'a trainer says')).toHaveLength(200);
  });

  it('leaves no child behind, and is not held up by one', async () => {
    const { log, train } = trainersOf();
    const { weights } = await train(await scriptedTrainer(folder.path, 'leaves'));
    expect(weights).toHaveLength(2);
    expect(await isGone(await childIn(log))).toBe(true);
  });

  it('finds its folder swept when the agent before was killed', async () => {
    const { rounds, trainers } = trainersOf();
    await mkdir(join(rounds, 'round-old'), { recursive: true });
    await writeFile(join(rounds, 'round-old', 'features.npy'), 'rows');
    await trainers.start();
    await expect(readdir(rounds)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('a program that asks for its rounds', () => {
  const { signal } = new AbortController();

  it('gets what waits for it, and its result is the training', async () => {
    const { jobs, progress, train } = trainersOf({ clock: fakeClock() });
    const training = train({ kind: 'pull' });
    const job = await jobs.next({ model: 'digits' as ModelName, waitMs: 0, signal });
    expect(job?.config()).toMatchObject({ format: 'sedge.trainer/v1', run: 'run-1', timeoutMs: 18_000 });
    expect(job?.config()).not.toHaveProperty('paths');
    expect(decodeSafetensors(job?.weights() ?? new Uint8Array()).map(({ name }) => name)).toEqual(
      PARAMETERS.map(({ name }) => name),
    );
    job?.steps({ stepsDone: 1, stepsTotal: 2, loss: 1 });
    job?.takeResult(encodeSafetensors(roundWeights(5)));
    expect((await training).weights.flatMap((tensor) => [...float32Values(tensor)])).toEqual([5, 5, 5, 5, 5, 5]);
    expect(progress).toHaveLength(1);
    expect(() => jobs.find(job?.id ?? '')).toThrow('ROUND_CLOSED');
  });

  it('waits for the next round of its model, and no longer than it said', async () => {
    const clock = fakeClock();
    const { jobs, train, stop } = trainersOf({ clock });
    const other = jobs.next({ model: 'other' as ModelName, waitMs: 1_000, signal });
    const any = jobs.next({ waitMs: 1_000, signal });
    const training = train({ kind: 'pull' });
    expect((await any)?.model).toBe('digits');
    await clock.advance(1_000);
    expect(await other).toBeUndefined();
    // Started again, it gets the same round.
    expect((await jobs.next({ waitMs: 0, signal }))?.id).toBe((await any)?.id);
    stop.abort();
    await expect(training).rejects.toMatchObject({ code: 'TRAINING_STOPPED' });
    expect(await jobs.next({ waitMs: 0, signal })).toBeUndefined();
  });

  it('that nobody started lets the round be declined at its deadline', async () => {
    const clock = fakeClock();
    const training = trainersOf({ clock }).train({ kind: 'pull' }, 10_000);
    const failed = expect(training).rejects.toMatchObject({ code: 'TRAINER_TIMEOUT' });
    await clock.advance(9_000);
    await failed;
  });

  it('may give up, and is refused at once where there is no door to ask at', async () => {
    const { jobs, train } = trainersOf({ clock: fakeClock() });
    const training = train({ kind: 'pull' });
    (await jobs.next({ waitMs: 0, signal }))?.fail('no GPU');
    await expect(training).rejects.toMatchObject({ code: 'TRAINER_FAILED', detail: 'no GPU', exposed: false });
    const closed = trainersOf({ hasDoor: false }).train({ kind: 'pull' });
    await expect(closed).rejects.toMatchObject({ code: 'TRAINER_FAILED', detail: expect.stringContaining('closed') });
  });

  it('is one of 16 at most', async () => {
    const clock = fakeClock();
    const { jobs } = trainersOf({ clock });
    const waiting = Array.from({ length: 16 }, () =>
      jobs.next({ waitMs: 1_000, signal: new AbortController().signal }),
    );
    await expect(jobs.next({ waitMs: 1_000, signal })).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    const gone = new AbortController();
    jobs.stop();
    expect(await Promise.all(waiting)).toEqual(Array.from({ length: 16 }, () => undefined));
    const left = jobs.next({ waitMs: 1_000, signal: gone.signal });
    gone.abort();
    expect(await left).toBeUndefined();
    expect(clock.pendingTimers).toBe(0);
  });
});
