/** Tries, with the rights of a model host, what a model host must not be able to do; says how each attempt ended. */
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';

const [outside, model] = process.argv.slice(2);

function attempt(work) {
  try {
    work();
    return 'done';
  } catch (error) {
    return error.code ?? error.name;
  }
}

const outcome = {
  readModel: attempt(() => readFileSync(model)),
  readOutside: attempt(() => readFileSync(outside)),
  listOutside: attempt(() => readdirSync(dirname(outside))),
  readSystem: attempt(() => readFileSync('/etc/passwd')),
  readProcess: attempt(() => readFileSync('/proc/self/environ')),
  writeBesideModel: attempt(() => writeFileSync(join(dirname(model), 'written'), 'x')),
  writeOutside: attempt(() => writeFileSync(outside, 'x')),
  startProcess: attempt(() => spawnSync(process.execPath, ['--version']).error ?? undefined),
  startThread: attempt(() => new Worker('', { eval: true })),
  loadAddon: attempt(() => createRequire(import.meta.url)('./addon.node')),
  // oxlint-disable-next-line typescript/no-implied-eval -- whether that is denied is what is asked here
  makeCode: attempt(() => new Function('return 1')),
  variables: Object.keys(process.env).filter((name) => name !== 'PWD'),
};
console.log(JSON.stringify(outcome));
