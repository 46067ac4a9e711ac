import { describe, expect, it } from 'vitest';
import { trainAndTest } from '../../src/accuracy/train-and-test.ts';
import { type AccuracyTask, type AccuracyTaskName, accuracyTasks } from '../../src/accuracy/tasks.ts';

/**
 * The least share of right answers on the test rows. Plain numpy reaches 96.01 % (digits, 64-32-10), 95.82 % (six
 * activities, 88-32-6), 96.67 % (spoken digits, 960-64-10) and 97.97 % (MNIST, 784-200-200-10) with the same layers and
 * splits. The margin is for other seeds and orders: 1 point, but 2 for the 250 spoken digits, of which one is 0.4 points;
 * MNIST has to reach the 97.5 % that its task asks for.
 */
const LEAST: readonly (readonly [AccuracyTaskName, number])[] = [
  ['digits', 0.9501],
  ['har', 0.9482],
  ['fsdd', 0.9467],
];

describe('an ordinary ONNX file that is trained on real data by graphs that are derived from it', () => {
  for (const [name, least] of LEAST) {
    it(`answers ${name} of the test split about as well as what numpy trains`, async ({ skip }) => {
      const task: AccuracyTask = accuracyTasks[name];
      const set = await task.read();
      if (set === undefined) return skip(`the data of ${name} lie neither in SEDGE_DATA_DIR nor in ../shared/data`);
      const { accuracy } = await trainAndTest('onnx-web', task.model(), set, task.config);
      expect(accuracy).toBeGreaterThanOrEqual(least);
    }, 60_000);
  }

  it('answers MNIST as well as its task asks for, on the native engine', async ({ skip }) => {
    const { words, read, model, config }: AccuracyTask = accuracyTasks.mnist;
    const set = await read();
    if (set === undefined) return skip(`the data of ${words} lie neither in SEDGE_DATA_DIR nor in ../shared/data`);
    // A minute on the portable engine of a slow machine; the command of the same name runs that.
    if (!(await hasNative())) return skip('onnxruntime-node does not load here');
    const { accuracy } = await trainAndTest('onnx-node', model(), set, config);
    expect(accuracy).toBeGreaterThanOrEqual(0.975);
  }, 120_000);
});

function hasNative(): Promise<boolean> {
  return import('onnxruntime-node').then(
    () => true,
    () => false,
  );
}
