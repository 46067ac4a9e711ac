import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { writeFailure } from '../failure.ts';
import { benchHeartbeat } from './heartbeat/bench-heartbeat.ts';
import { benchInference } from './inference/bench-inference.ts';
import { benchRuntime } from './runtime/bench-runtime.ts';
import { benchTraining } from './training/bench-training.ts';
import { benchOptions } from './options.ts';
import type { Benchmark } from './benchmark.ts';

const benchmarks: Readonly<Record<string, Benchmark>> = {
  heartbeat: benchHeartbeat,
  inference: benchInference,
  runtime: benchRuntime,
  training: benchTraining,
};

/** `npm run bench`: one benchmark, or all. */
try {
  const { names, json } = benchOptions(process.argv.slice(2), Object.keys(benchmarks));
  const figures: Record<string, unknown> = {};
  for (const [name, run] of Object.entries(benchmarks)) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.log(`\n${name}`);
    figures[name] = await run((line) => console.log(`  ${line}`));
  }
  const machine = { node: process.version, arch: process.arch, cpu: cpus()[0]?.model, cores: cpus().length };
  if (json !== undefined) await writeFile(resolve(json), `${JSON.stringify({ machine, ...figures }, null, 2)}\n`);
} catch (error) {
  writeFailure(error);
}
