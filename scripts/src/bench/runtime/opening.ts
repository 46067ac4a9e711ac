import { componentEngine } from '@sedge/runtime/engines';
import type { Benchmark } from '../benchmark.ts';
import { perceptronModels } from './perceptron-models.ts';
import { takeTurns } from './take-turns.ts';

/** Opening a component without weights, all checks included, and its size. The first opening in a process is told apart. */
export const benchOpening: Benchmark = async (tell) => {
  const { component: artifact } = await perceptronModels();
  const engine = componentEngine({ log: () => undefined });
  const open = async (): Promise<void> => (await engine.open({ format: 'component', artifact })).close();
  const first = await takeTurns({ open }, { blocks: 1, calls: 1, warmUp: 0 });
  const later = await takeTurns({ open }, { blocks: 10, calls: 10, warmUp: 0 });
  const figures = { first: first.open, later: later.open, componentBytes: artifact.byteLength };
  tell(JSON.stringify(figures));
  return figures;
};
