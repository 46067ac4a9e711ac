import { type AccuracyTask, type AccuracyTaskName, accuracyTasks } from './tasks.ts';
import { type OnnxEngineName, trainAndTest } from './train-and-test.ts';

export interface AccuracyFigures {
  readonly percent: number;
  readonly baseline?: number;
  readonly atLeast: number;
  readonly reached: boolean;
  readonly epochs: number;
  readonly seconds: number;
}

/** Trains each task on each engine and tells how well it ended; undefined for a task whose data are not here. */
export async function runAccuracy(
  names: readonly AccuracyTaskName[],
  engines: readonly OnnxEngineName[],
  tell: (line: string) => void,
): Promise<Record<string, Record<string, AccuracyFigures> | { readonly skipped: string }>> {
  const figures: Awaited<ReturnType<typeof runAccuracy>> = {};
  for (const name of names) {
    const task: AccuracyTask = accuracyTasks[name];
    tell(`${name}: ${task.words}`);
    figures[name] = await runTask(task, engines, (line) => tell(`  ${line}`));
  }
  return figures;
}

async function runTask(task: AccuracyTask, engines: readonly OnnxEngineName[], tell: (line: string) => void) {
  const set = await task.read();
  if (set === undefined) {
    const skipped = 'its data lie neither in SEDGE_DATA_DIR nor in ../shared/data';
    tell(`skipped: ${skipped}`);
    return { skipped };
  }
  const figures: Record<string, AccuracyFigures> = {};
  for (const engine of engines) {
    const { accuracy, seconds, trainingLoss } = await trainAndTest(engine, task.model(), set, task.config);
    const figure = figureOf(task, accuracy, seconds);
    figures[engine] = figure;
    const baseline = task.baseline === undefined ? '' : `, numpy reaches ${task.baseline} %`;
    const judged = `at least ${task.atLeast} %${figure.reached ? '' : ', missed'}${baseline}`;
    const course = `${figure.epochs} epochs in ${figure.seconds} s, last loss ${trainingLoss.toFixed(4)}`;
    tell(`${engine}: ${figure.percent} % (${judged}); ${course}`);
  }
  return figures;
}

function figureOf({ atLeast, baseline, config }: AccuracyTask, accuracy: number, seconds: number): AccuracyFigures {
  return {
    percent: Number((100 * accuracy).toFixed(2)),
    ...(baseline !== undefined && { baseline }),
    atLeast,
    reached: 100 * accuracy >= atLeast,
    epochs: config.epochs,
    seconds: Number(seconds.toFixed(1)),
  };
}
