import type { Benchmark } from '../benchmark.ts';
import { benchCompute } from './compute.ts';
import { benchDeadline } from './deadline.ts';
import { benchIsolation } from './isolation.ts';
import { benchMemory } from './memory.ts';
import { benchOnnxOverhead } from './onnx-overhead.ts';
import { benchOpening } from './opening.ts';

const parts: Readonly<Record<string, Benchmark>> = {
  opening: benchOpening,
  compute: benchCompute,
  isolation: benchIsolation,
  onnxOverhead: benchOnnxOverhead,
  deadline: benchDeadline,
  memory: benchMemory,
};

/** What the sandbox and the engines cost, part by part. */
export const benchRuntime: Benchmark = async (tell) => {
  const figures: Record<string, unknown> = {};
  for (const [name, run] of Object.entries(parts)) {
    tell(`${name}:`);
    figures[name] = await run((line) => tell(`  ${line}`));
  }
  return figures;
};
