import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StartedTrainer } from '../../src/external-trainer/binding.ts';

/** A trainer of a few lines: adds 1 to every weight, after or instead of which it does what its first word says. */
const SCRIPT = `
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const [, , what, ...rest] = process.argv;
const config = JSON.parse(readFileSync(process.env.SEDGE_TRAINER_CONFIG, 'utf8'));
const { paths } = config;
const file = readFileSync(paths.weights);
const body = 8 + Number(file.readBigUInt64LE());
const add = (change) => {
  for (let at = body; at < file.length; at += 4) file.writeFloatLE(file.readFloatLE(at) + change, at);
  writeFileSync(paths.result, file);
};
const stay = () => setInterval(() => undefined, 1_000);
const doings = {
  good() {
    console.log('progress {"stepsDone":1,"stepsTotal":2,"loss":4}');
    console.log('half way');
    console.log('progress {"stepsDone":2,"stepsTotal":2,"loss":2}');
    add(1);
    writeFileSync(paths.metrics, '{"loss":2}');
  },
  tell() {
    add(1);
    console.log(JSON.stringify({ config, env: process.env, cwd: process.cwd(), words: rest }));
  },
  nan: () => add(NaN),
  shapes() {
    const header = file.subarray(8, body).toString().replace('[2,2]', '[4,1]');
    file.write(header, 8);
    add(1);
  },
  nothing: () => undefined,
  folder: () => mkdirSync(paths.result),
  endless: () => writeFileSync(paths.result, Buffer.alloc(8 * 1024 * 1024)),
  fails() {
    console.error('CUDA out of memory');
    process.exitCode = 3;
  },
  hangs() {
    process.on('SIGTERM', () => console.log('no'));
    spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => 0); setInterval(() => 0, 1000); console.log("child " + process.pid)'], { stdio: 'inherit' });
    stay();
  },
  floods() {
    const line = 'x'.repeat(99) + '\\n';
    for (let part = 0; part < 20; part += 1) process.stdout.write(line.repeat(10_000));
    add(1);
  },
  leaves() {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'inherit' });
    console.log('child ' + child.pid);
    child.unref();
    add(1);
  },
};
doings[what]();
`;

/** How to start it, with these words behind it. */
export async function scriptedTrainer(folder: string, ...words: string[]): Promise<StartedTrainer> {
  const script = join(folder, 'trainer.mjs');
  await writeFile(script, SCRIPT);
  return { kind: 'program', words: [process.execPath, script, ...words], workingDirectory: folder };
}
