import type { Benchmark } from '../benchmark.ts';
import { benchCnn } from './cnn.ts';
import { benchDerivation } from './derivation.ts';
import { benchMemory } from './memory.ts';
import { benchNetwork } from './network.ts';

const parts: Readonly<Record<string, Benchmark>> = {
  network: benchNetwork,
  cnn: benchCnn,
  derivation: benchDerivation,
  memory: benchMemory,
};

/** Training of ordinary ONNX models by graphs that are derived from them, part by part, each figure beside its target. */
export const benchTraining: Benchmark = async (tell) => {
  const figures: Record<string, unknown> = {};
  for (const [name, run] of Object.entries(parts)) {
    tell(`${name}:`);
    figures[name] = await run((line) => tell(`  ${line}`));
  }
  return figures;
};
