import type * as Runtime from '@sedge/runtime';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { nodeCrypto, silentLog, systemClock } from '@sedge/kit';
import { digestOf, float32Tensor, float32Values, toUtf8 } from '@sedge/protocol';
import { initialMlpWeights } from '@sedge/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Built code: from sources a host keeps Node's rights, because what translates TypeScript needs them. */
const built = new URL('../../../runtime/dist/host/', import.meta.url);
const { limitedCommand } = await import(new URL('limited-command.js', built).href);
const { sandboxArguments } = await import(new URL('sandbox.js', built).href);
const { guestCode } = await import(new URL('guest-code.js', built).href);

const runtime = (await import(new URL('../index.js', built).href)) as typeof Runtime;

const ENGINES = [
  { engine: 'onnx-web', kind: 'portable', isThere: true },
  { engine: 'onnx-node', kind: 'native', isThere: hasNativeEngine() },
] as const;

const MEMORY_BYTES = 512 * 1024 * 1024;

describe.runIf(process.platform === 'linux')('the sandbox of a model host', () => {
  let models: string;
  let outside: string;

  beforeAll(async () => {
    models = await mkdtemp(join(tmpdir(), 'sedge-models-'));
    outside = await mkdtemp(join(tmpdir(), 'sedge-outside-'));
    await cp(fileURLToPath(new URL('sandbox/probe.mjs', import.meta.url)), join(models, 'probe.mjs'));
    await writeFile(join(models, 'model'), 'bytes');
    await writeFile(join(models, 'addon.node'), 'no library');
    await writeFile(join(outside, 'secret'), 'secret');
  });

  afterAll(async () => {
    await rm(models, { recursive: true, force: true });
    await rm(outside, { recursive: true, force: true });
  });

  function run(
    kind: 'portable' | 'native',
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): string {
    const sandbox = sandboxArguments({
      kind,
      memoryBytesMax: MEMORY_BYTES,
      tableEntriesMax: 10_000,
      readable: [...guestCode(kind), models],
      knownFlags: process.allowedNodeEnvironmentFlags,
    });
    const { file, args: all } = limitedCommand([process.execPath, ...sandbox, ...args], MEMORY_BYTES, process.platform);
    return execFileSync(file, all, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  const refused = {
    readModel: 'done',
    readOutside: 'ERR_ACCESS_DENIED',
    listOutside: 'ERR_ACCESS_DENIED',
    readSystem: 'ERR_ACCESS_DENIED',
    readProcess: 'ERR_ACCESS_DENIED',
    writeBesideModel: 'ERR_ACCESS_DENIED',
    writeOutside: 'ERR_ACCESS_DENIED',
    startProcess: 'ERR_ACCESS_DENIED',
    startThread: 'ERR_ACCESS_DENIED',
    makeCode: 'EvalError',
    variables: [],
  };

  it('lets a portable host read models, and nothing else', () => {
    const outcome = JSON.parse(
      run('portable', [join(models, 'probe.mjs'), join(outside, 'secret'), join(models, 'model')]),
    );
    expect(outcome).toEqual({ ...refused, loadAddon: 'ERR_DLOPEN_DISABLED' });
  });

  it('lets a native host load its library as well', () => {
    const outcome = JSON.parse(
      run('native', [join(models, 'probe.mjs'), join(outside, 'secret'), join(models, 'model')]),
    );
    // The loader was asked, and found that the file is no library.
    expect(outcome).toEqual({ ...refused, loadAddon: 'ERR_DLOPEN_FAILED' });
  });

  it.each(ENGINES.filter(({ isThere }) => isThere))('holds all that $engine needs', async ({ engine, kind }) => {
    const artifact = runtime.exportMlpOnnx({ weights: initialMlpWeights([4, 3, 2], toUtf8('sandbox')) });
    const file = { path: join(models, 'model.onnx'), digest: digestOf(nodeCrypto, artifact) };
    await writeFile(file.path, artifact);
    const host = runtime.startProcessHost({ clock: systemClock, log: silentLog, kind, modelFolders: [models] });
    const { functions } = await host.open('mlp', { format: 'onnx', engine, artifact: file });
    expect(functions.map(({ name }) => name)).toEqual(['infer']);
    const features = float32Tensor('features', [1, 4], [1, 2, 3, 4]);
    const [probabilities] = await host.run('mlp', 'infer', [features], { timeoutMs: 60_000 });
    // A softmax: its values sum to one.
    const sum = float32Values(probabilities ?? features).reduce((total, value) => total + value, 0);
    expect(sum).toBeCloseTo(1, 5);
    await host.stop();
  });

  it('ends a process that takes more memory than it may', async () => {
    const greedy = `const kept = []; for (;;) kept.push(Buffer.alloc(16 * 1024 * 1024, 1));`;
    await writeFile(join(models, 'greedy.mjs'), greedy);
    expect(() => run('portable', [join(models, 'greedy.mjs')])).toThrow(/memory|allocation failed/i);
  });

  it.runIf(existsSync('/usr/bin/setpriv'))('ends a model in an endless loop with the agent', async () => {
    const loop = limitedCommand([process.execPath, '-e', 'for (;;);'], MEMORY_BYTES, process.platform);
    const code = `console.log(require('node:child_process').spawn(${JSON.stringify(loop.file)}, ${JSON.stringify(loop.args)}).pid)`;
    const parent = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    // Before that the shell has not come to the point where it hands over.
    while (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(process.execPath)) await setTimeout(20);
    expect(isRunning(pid)).toBe(true);
    parent.kill('SIGKILL');
    while (isRunning(pid)) await setTimeout(20);
  });
});

function hasNativeEngine(): boolean {
  try {
    createRequire(new URL('../index.js', built)).resolve('onnxruntime-node');
    return true;
  } catch {
    return false;
  }
}

/** A process that has ended and that nobody has asked about yet still has a number. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
