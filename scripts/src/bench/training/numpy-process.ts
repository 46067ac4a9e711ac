import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SedgeError } from '@sedge/protocol';

/** What numpy trains: the same data, weights and order of steps as the engines. */
export interface NumpyJob {
  readonly sizes: readonly number[];
  /** Weight and bias of each layer, one after the other. */
  readonly weights: Float32Array;
  readonly features: Float32Array;
  readonly labels: readonly number[];
  readonly batch: number;
  readonly learningRate: number;
}

export interface NumpyEpoch {
  readonly ms: number;
  readonly loss: number;
}

export interface NumpyProcess {
  readonly version: { readonly numpy: string; readonly blas: string };
  epoch(): Promise<NumpyEpoch>;
  stop(): Promise<void>;
}

export const NO_NUMPY = 'no python3 with numpy is here';
/** A version manager's python3 may have no packages while the system's has them. */
const PYTHONS = ['python3', '/usr/bin/python3'];
/** Beside the sources, which stand as deep as what is built of them. */
const SCRIPT = fileURLToPath(new URL('../../../src/bench/training/numpy_training.py', import.meta.url));
const ONE_THREAD = { OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1', OMP_NUM_THREADS: '1' };

/** Undefined where there is no numpy. */
export async function startNumpy(job: NumpyJob): Promise<NumpyProcess | undefined> {
  const python = await findPython();
  if (python === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'sedge-numpy-'));
  await writeFile(join(folder, 'features.f32'), bytesOf(job.features));
  await writeFile(join(folder, 'weights.f32'), bytesOf(job.weights));
  await writeFile(join(folder, 'labels.u8'), Uint8Array.from(job.labels));
  const args = [SCRIPT, folder, JSON.stringify(job.sizes), String(job.batch), String(job.learningRate)];
  const child = spawn(python, args, {
    env: { ...process.env, ...ONE_THREAD },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => parseLine((await lines.next()).value);
  return {
    version: (await answer()) as NumpyProcess['version'],
    async epoch() {
      child.stdin.write('epoch\n');
      return (await answer()) as NumpyEpoch;
    },
    async stop() {
      await ended(child);
      await rm(folder, { recursive: true });
    },
  };
}

async function findPython(): Promise<string | undefined> {
  for (const python of PYTHONS) {
    const hasNumpy = await promisify(execFile)(python, ['-c', 'import numpy']).then(
      () => true,
      () => false,
    );
    if (hasNumpy) return python;
  }
  return undefined;
}

function parseLine(line: string | undefined): unknown {
  if (line === undefined) throw new SedgeError('INTERNAL', 'the numpy process ended; its last words stand above');
  return JSON.parse(line);
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.stdin?.end();
  });
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
