import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LOW_MEMORY } from '@sedge/runtime';
import { type Benchmark, rounded } from '../benchmark.ts';
import { atMost, judgedLine } from './target.ts';

/** What is built is run, also where we run from the sources. */
const PROGRAM = fileURLToPath(new URL('../../../dist/bench/training/trainer-process.js', import.meta.url));
/** Those of a model host that concern memory. */
const HOST_FLAGS = ['--max-semi-space-size=2', '--v8-pool-size=1'];

const SETTINGS = {
  usual: { flags: HOST_FLAGS, environment: {}, megabytesMax: 400 },
  lowMemory: {
    flags: [...HOST_FLAGS, ...LOW_MEMORY.flags],
    environment: LOW_MEMORY.environment,
    megabytesMax: 260,
  },
} as const;

/** Resident memory of a process that trains the CNN on the portable engine: while it trains, and the most ever. */
export const benchMemory: Benchmark = async (tell) => {
  if (process.platform !== 'linux') {
    tell('skipped: memory of processes is read from /proc, which is not here');
    return { skipped: 'no /proc' };
  }
  const figures: Record<string, unknown> = {};
  for (const [name, { flags, environment, megabytesMax }] of Object.entries(SETTINGS)) {
    const env = { ...process.env, ...environment };
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, PROGRAM], { env });
    const { peakMB, settledMB } = JSON.parse(stdout) as { peakMB: number; settledMB: number };
    const settled = atMost(settledMB, megabytesMax, ' MB');
    tell(`${judgedLine(name, settled)}; at most ${rounded(peakMB)} MB, while the engine compiled`);
    figures[name] = { settled, peakMB: rounded(peakMB) };
  }
  return figures;
};
