import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@sedge/kit';
import { collectingLog, fakeClock, type TemporaryFolder, temporaryFolder } from '@sedge/kit/testing';
import { type Digest, SedgeError } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import type { AvailableEngine } from '../../src/choice/available-engines.ts';
import { EngineChooser, type EngineChooserOptions } from '../../src/choice/engine-chooser.ts';
import type { ModelFiles } from '../../src/engine.ts';
import { type Behaviour, ScriptedHosts } from './scripted-hosts.ts';

const files: ModelFiles = { format: 'onnx', artifact: Uint8Array.of(1) };
const digestOf = (digit: number): Digest => `sha256:${String(digit).repeat(64)}` as Digest;

const component: AvailableEngine = { name: 'component', version: '1', formats: ['component'], providers: ['wasm'] };
const web: AvailableEngine = { name: 'onnx-web', version: '1', formats: ['onnx'], providers: ['wasm'] };
const node: AvailableEngine = { name: 'onnx-node', version: '1', formats: ['onnx'], providers: ['cpu'] };
const withGraphics: AvailableEngine = { ...node, providers: ['cpu', 'cuda', 'webgpu'] };
const absent: AvailableEngine = { ...node, providers: [], absent: 'no binary for linux arm' };

const WEB = 'onnx-web/wasm';
const NODE = 'onnx-node/cpu';
const CUDA = 'onnx-node/cuda';

/** A chooser with a file of its own, over hosts that follow a script. */
class Bench {
  readonly hosts: ScriptedHosts;
  readonly log = collectingLog();
  readonly storePath: string;
  readonly #engines: readonly AvailableEngine[];
  readonly #folder: TemporaryFolder;

  constructor(engines: readonly AvailableEngine[], script: Record<string, Behaviour>, folder: TemporaryFolder) {
    this.hosts = new ScriptedHosts(script);
    this.storePath = join(folder.path, 'choices.json');
    this.#engines = engines;
    this.#folder = folder;
  }

  chooser(options: Partial<EngineChooserOptions> = {}): EngineChooser {
    const { hosts, log, storePath } = this;
    const engines = (): Promise<AvailableEngine[]> => Promise.resolve([...this.#engines]);
    const board = { cpuModel: 'Cortex-A76', clock: systemClock, engines };
    return new EngineChooser({ storePath, log, startHost: hosts.start, ...board, ...options });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}

async function bench(engines: readonly AvailableEngine[], script: Record<string, Behaviour>): Promise<Bench> {
  return new Bench(engines, script, await temporaryFolder());
}

describe('the choice of an engine', () => {
  it('is the fastest of those that answer alike', async () => {
    await using desk = await bench([component, web, node], { [WEB]: { medianMs: 20 }, [NODE]: { medianMs: 4 } });
    expect(await desk.chooser().choose(files, digestOf(1))).toEqual({
      engine: 'onnx-node',
      provider: 'cpu',
      reason: 'fastest',
      probes: [
        { engine: 'onnx-web', provider: 'wasm', medianMs: 20 },
        { engine: 'onnx-node', provider: 'cpu', medianMs: 4 },
      ],
    });
    // The portable engine comes last and hears of its rival.
    expect(desk.hosts.rivals).toEqual([undefined, 4]);
    expect(desk.hosts.running).toBe(0);
  });

  it('is the portable engine where that is faster', async () => {
    await using desk = await bench([web, node], { [WEB]: { medianMs: 3 }, [NODE]: { medianMs: 4 } });
    expect(await desk.chooser().choose(files, digestOf(1))).toMatchObject({ engine: 'onnx-web', reason: 'fastest' });
  });

  it('leaves out an engine whose answer to the model is another one', async () => {
    await using desk = await bench([web, node], { [WEB]: { medianMs: 20 }, [NODE]: { medianMs: 4, answer: 0.5 } });
    const choice = await desk.chooser().choose(files, digestOf(1));
    expect(choice).toMatchObject({ engine: 'onnx-web', reason: 'only' });
    expect(choice.probes[1]?.error).toMatchObject({
      code: 'MODEL_OUTPUT_INVALID',
      detail: expect.stringContaining('0.5'),
    });
  });

  it('leaves out an engine that answers the golden model wrongly, and does not try it again', async () => {
    await using desk = await bench([web, node], { [NODE]: { medianMs: 0.1, golden: 'wrong' } });
    const chooser = desk.chooser();
    const choice = await chooser.choose(files, digestOf(1));
    expect(choice).toMatchObject({ engine: 'onnx-web', reason: 'only' });
    expect(choice.probes[1]?.error?.code).toBe('ENGINE_UNAVAILABLE');
    await chooser.choose(files, digestOf(2));
    expect(desk.hosts.opened).toEqual([`golden ${NODE}`, `golden ${WEB}`, `model ${WEB}`, `model ${WEB}`]);
  });

  it('tries an engine again that only crashed at the golden model', async () => {
    const crash = new SedgeError('MODEL_CRASHED', 'SIGKILL');
    await using desk = await bench([web, node], { [NODE]: { goldenError: crash } });
    const chooser = desk.chooser();
    expect((await chooser.choose(files, digestOf(1))).probes[1]?.error?.code).toBe('MODEL_CRASHED');
    desk.hosts.script[NODE] = { medianMs: 0.1 };
    expect(await chooser.choose(files, digestOf(1))).toMatchObject({ engine: 'onnx-node', reason: 'fastest' });
  });

  it('does not hold what one model lacks against an engine', async () => {
    const noProvider = new SedgeError('ENGINE_UNAVAILABLE', 'no kernel of this execution provider');
    await using desk = await bench([web, node], { [NODE]: { openError: noProvider } });
    const chooser = desk.chooser();
    await chooser.choose(files, digestOf(1));
    desk.hosts.script[NODE] = { medianMs: 0.1 };
    expect(await chooser.choose(files, digestOf(2))).toMatchObject({ engine: 'onnx-node', reason: 'fastest' });
  });

  it('tries execution providers one by one, and a missing one harms nobody', async () => {
    const noLibrary = new SedgeError('ENGINE_UNAVAILABLE', 'Failed to load shared library');
    await using desk = await bench([web, withGraphics], {
      [WEB]: { medianMs: 20 },
      [NODE]: { medianMs: 4 },
      [CUDA]: { medianMs: 1 },
      'onnx-node/webgpu': { goldenError: noLibrary },
    });
    const choice = await desk.chooser().choose(files, digestOf(1));
    expect(choice).toMatchObject({ engine: 'onnx-node', provider: 'cuda', reason: 'fastest' });
    expect(choice.probes.map(({ provider, error }) => [provider, error?.code])).toEqual([
      ['wasm', undefined],
      ['cpu', undefined],
      ['cuda', undefined],
      ['webgpu', 'ENGINE_UNAVAILABLE'],
    ]);
    expect(desk.hosts.mostRunning).toBe(1);
  });

  it('is measured on larger inputs where the model takes none so small', async () => {
    const picky = { sizeMin: 32 };
    await using desk = await bench([web, node], { [WEB]: picky, [NODE]: { ...picky, medianMs: 0.5 } });
    expect(await desk.chooser().choose(files, digestOf(1))).toMatchObject({ engine: 'onnx-node', reason: 'fastest' });
  });

  it('is the first that opens the model if its inputs are too large to be made up', async () => {
    await using desk = await bench([web, node], {});
    desk.hosts.inputs = [{ name: 'x', dataType: 'FP32', shape: [1_000_000, 1_000] }];
    const choice = await desk.chooser().choose(files, digestOf(1));
    expect(choice).toMatchObject({ engine: 'onnx-web', reason: 'only' });
    expect(choice.probes[0]?.error?.code).toBe('TENSOR_MISMATCH');
  });

  it('is the first that opens the model if none can run it on made-up inputs', async () => {
    const probeError = new SedgeError('MODEL_FAILED', 'the picture is too small');
    await using desk = await bench([web, node], { [WEB]: { probeError }, [NODE]: { probeError } });
    expect(await desk.chooser().choose(files, digestOf(1))).toMatchObject({ engine: 'onnx-web', reason: 'only' });
  });

  it('tells what is wrong with a model that no engine opens', async () => {
    const openError = new SedgeError('ONNX_MALFORMED', 'it ends early');
    await using desk = await bench([web, node], { [WEB]: { openError }, [NODE]: { openError } });
    await expect(desk.chooser().choose(files, digestOf(1))).rejects.toMatchObject({
      code: 'ONNX_MALFORMED',
      detail: 'it ends early',
    });
  });

  it('needs no measuring where there is one engine, only its golden answer', async () => {
    await using desk = await bench([component, web, absent], {});
    const chooser = desk.chooser();
    expect(await chooser.choose(files, digestOf(1))).toEqual({
      engine: 'onnx-web',
      provider: 'wasm',
      reason: 'only',
      probes: [],
    });
    await chooser.choose(files, digestOf(2));
    await desk.chooser().choose(files, digestOf(3));
    expect(desk.hosts.opened).toEqual([`golden ${WEB}`]);
  });

  it('is made without any host for a component', async () => {
    await using desk = await bench([component, web, node], {});
    const choice = await desk.chooser().choose({ ...files, format: 'component' }, digestOf(1));
    expect(choice).toEqual({ engine: 'component', provider: 'wasm', reason: 'only', probes: [] });
    expect(desk.hosts.opened).toEqual([]);
  });

  it('is refused with the reasons where nothing can run the model', async () => {
    await using desk = await bench([component, absent], {});
    await expect(desk.chooser().choose(files, digestOf(1))).rejects.toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      detail: 'no binary for linux arm',
    });
  });
});

describe('a pin', () => {
  it('decides without measuring, after the golden answer', async () => {
    await using desk = await bench([web, node], { [WEB]: { medianMs: 20 }, [NODE]: { medianMs: 4 } });
    const choice = await desk.chooser().choose(files, digestOf(1), { pin: 'onnx-web' });
    expect(choice).toEqual({ engine: 'onnx-web', provider: 'wasm', reason: 'pinned', probes: [] });
    expect(desk.hosts.opened).toEqual([`golden ${WEB}`]);
  });

  it.each([
    ['an absent engine', 'onnx-node', absent, 'no binary for linux arm'],
    ['an engine of another format', 'component', absent, 'format onnx'],
  ] as const)('to %s is refused with the reason', async (_, pin, native, reason) => {
    await using desk = await bench([component, web, native], {});
    await expect(desk.chooser().choose(files, digestOf(1), { pin })).rejects.toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      detail: expect.stringContaining(reason),
    });
  });

  it('does not help an engine that answers wrongly', async () => {
    await using desk = await bench([web, node], { [NODE]: { golden: 'wrong' } });
    const chosen = desk.chooser().choose(files, digestOf(1), { pin: 'onnx-node' });
    await expect(chosen).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
  });
});

describe('what was measured', () => {
  const script = { [WEB]: { medianMs: 20 }, [NODE]: { medianMs: 4 } };

  it('is kept on disk, for another process too', async () => {
    await using desk = await bench([web, node], script);
    const choice = await desk.chooser().choose(files, digestOf(1));
    const asked = desk.hosts.opened.length;
    expect(await desk.chooser().choose(files, digestOf(1))).toEqual(choice);
    expect(desk.hosts.opened).toHaveLength(asked);
  });

  it.each<[string, Partial<EngineChooserOptions>]>([
    ['another CPU', { cpuModel: 'Cortex-A53' }],
    ['another version of an engine', { engines: () => Promise.resolve([web, { ...node, version: '2' }]) }],
    ['another Node', { platform: { os: 'linux', arch: 'x64', nodeVersion: '24.1.0', glibcVersion: '2.36' } }],
  ])('does not hold for %s', async (_, other) => {
    await using desk = await bench([web, node], script);
    await desk.chooser().choose(files, digestOf(1));
    const asked = desk.hosts.opened.length;
    await desk.chooser(other).choose(files, digestOf(1));
    expect(desk.hosts.opened.length).toBeGreaterThan(asked);
  });

  it('is not kept when an engine only ran out of time or memory', async () => {
    const crash = new SedgeError('MODEL_CRASHED', 'SIGSEGV');
    await using desk = await bench([web, node], { [NODE]: { openError: crash } });
    const chooser = desk.chooser();
    expect(await chooser.choose(files, digestOf(1))).toMatchObject({ engine: 'onnx-web', reason: 'only' });
    desk.hosts.script[NODE] = { medianMs: 0.1 };
    expect(await chooser.choose(files, digestOf(1))).toMatchObject({ engine: 'onnx-node', reason: 'fastest' });
  });

  it('is made anew when the file is damaged, with a warning', async () => {
    await using desk = await bench([web, node], script);
    for (const damage of ['{"format":1,"choices":[["key",{"engine":7}]]}', '{"format":2}', 'not JSON', '']) {
      await writeFile(desk.storePath, damage);
      expect(await desk.chooser().choose(files, digestOf(1))).toMatchObject({ engine: 'onnx-node' });
    }
    expect(desk.log.messages('warn')).toHaveLength(4);
    expect(JSON.parse(await readFile(desk.storePath, 'utf8'))).toMatchObject({ format: 1 });
  });
});

describe('measuring', () => {
  it('happens one model at a time, and once for the same model', async () => {
    await using desk = await bench([web, node], {});
    const chooser = desk.chooser();
    await Promise.all([1, 2, 1].map((digit) => chooser.choose(files, digestOf(digit))));
    expect(desk.hosts.mostRunning).toBe(1);
    expect(desk.hosts.opened.filter((opened) => opened.startsWith('model'))).toHaveLength(4);
  });

  it('ends at its time, and the others are still measured', async () => {
    const clock = fakeClock();
    await using desk = await bench([web, node], { [NODE]: { hangs: true } });
    const chosen = desk.chooser({ clock, budgets: { trialMs: 5_000 } }).choose(files, digestOf(1));
    while (!desk.hosts.opened.includes(`golden ${NODE}`)) await clock.settle();
    await clock.advance(5_000);
    const choice = await chosen;
    expect(choice).toMatchObject({ engine: 'onnx-web', reason: 'only' });
    expect(choice.probes[1]?.error?.code).toBe('MODEL_TIMEOUT');
    expect(desk.hosts.running).toBe(0);
  });

  it('ends when its caller lets go, and leaves no host behind', async () => {
    await using desk = await bench([web, node], { [NODE]: { hangs: true } });
    const caller = new AbortController();
    const chooser = desk.chooser();
    const chosen = chooser.choose(files, digestOf(1), { signal: caller.signal });
    const waiting = chooser.choose(files, digestOf(2), { signal: caller.signal });
    const reason = new SedgeError('STOPPING', 'the model is wanted no more');
    const refused = Promise.all([chosen, waiting].map((choice) => expect(choice).rejects.toBe(reason)));
    caller.abort(reason);
    await refused;
    desk.hosts.script[NODE] = {};
    await chooser.choose(files, digestOf(3));
    expect(desk.hosts.running).toBe(0);
  });
});
