import { float32Tensor } from '@sedge/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { componentEngine } from '../../src/engines/component.ts';
import { LOG_CHARACTERS_MAX, LOG_LINES_PER_CALL_MAX } from '../../src/engines/guest-log.ts';
import type { Session } from '../../src/engine.ts';
import { type CraftedModel, craftComponent, patchText } from '../crafted-component.ts';
import { mlpComponent } from '../mlp.ts';

const input = [float32Tensor('x', [1], [1])];
const logged: string[] = [];
const engine = componentEngine({
  log: (_level, message) => logged.push(message),
  caps: { memoryPagesMax: 64, tableEntriesMax: 100 },
});

function openBytes(artifact: Uint8Array): Promise<Session> {
  return engine.open({ format: 'component', artifact });
}

async function open(model?: CraftedModel): Promise<Session> {
  return openBytes(await craftComponent(model));
}

async function answerWord(model: CraftedModel): Promise<number> {
  const [y] = await (await open(model)).run('infer', input);
  return Buffer.from(y?.data ?? []).readInt32LE();
}

describe('a hand-written model', () => {
  it('runs, and is no training model', async () => {
    const session = await open();
    expect(session.metadata).toEqual({
      engine: 'component',
      provider: 'wasm',
      trainable: false,
      functions: [
        {
          name: 'infer',
          inputs: [{ name: 'x', dataType: 'FP32', shape: [-1] }],
          outputs: [{ name: 'y', dataType: 'FP32', shape: [-1] }],
        },
      ],
    });
    expect(await session.run('infer', input)).toEqual([float32Tensor('y', [1], [0])]);
    expect(session.training).toBeUndefined();
  });

  it('cannot grow its memory or its tables beyond the caps', async () => {
    expect(await answerWord({ infer: storeAnswer('(memory.grow (i32.const 63))') })).toBe(-1);
    expect(await answerWord({ infer: storeAnswer('(memory.grow (i32.const 62))') })).toBe(2);
    const grow = (count: number): string => storeAnswer(`(table.grow $table (ref.null func) (i32.const ${count}))`);
    expect(await answerWord({ infer: grow(9_000_000) })).toBe(-1);
    expect(await answerWord({ infer: grow(99) })).toBe(1);
  });

  it('is refused when it asks for more memory from the start', async () => {
    await expect(open({ memory: '65' })).rejects.toMatchObject({ code: 'COMPONENT_LIMIT_EXCEEDED' });
    await expect(open({ memory: '1 65536' })).resolves.toBeDefined();
  });

  it('that traps fails, and the next call gets a fresh instance', async () => {
    // The first call of an instance counts up and traps; a kept instance would answer 1 afterwards.
    const session = await open({
      fields: '(global $calls (mut i32) (i32.const 0))',
      infer: `(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
        (if (i32.eq (global.get $calls) (i32.const 2)) (then unreachable))
        (i32.store (i32.const 700) (global.get $calls)) (i32.const 512)`,
    });
    const word = async (): Promise<number> => {
      const [y] = await session.run('infer', input);
      return Buffer.from(y?.data ?? []).readInt32LE();
    };
    expect(await word()).toBe(1);
    await expect(word()).rejects.toMatchObject({ code: 'MODEL_FAILED' });
    expect(await word()).toBe(1);
  });

  it('that traps or refuses while it loads cannot be opened', async () => {
    const weights = [float32Tensor('w', [1], [1])];
    const trapping = await craftComponent({ load: 'unreachable' });
    const opened = engine.open({ format: 'component', artifact: trapping, weights });
    await expect(opened).rejects.toMatchObject({ code: 'WEIGHTS_REFUSED' });
    await expect(open({ fields: '(func $go unreachable) (start $go)' })).rejects.toMatchObject({
      code: 'COMPONENT_START_FAILED',
    });
  });

  it('that calls itself too deep is told so, and so is one that refuses its weights', async () => {
    const fields = '(func $down (result i32) (i32.add (i32.const 1) (call $down)))';
    const session = await open({ fields, infer: '(drop (call $down)) (i32.const 512)' });
    await expect(session.run('infer', input)).rejects.toMatchObject({
      code: 'MODEL_FAILED',
      detail: expect.stringContaining('deeper than the stack'),
    });
    // An error result: 1, then the case internal (4), then address and length of the message.
    const text = '(data (i32.const 800) "\\01\\00\\00\\00\\04\\00\\00\\00\\84\\03\\00\\00\\09\\00\\00\\00")';
    const refusing = await craftComponent({
      load: '(i32.const 800)',
      fields: `${text} (data (i32.const 900) "too small")`,
    });
    const opened = engine.open({ format: 'component', artifact: refusing, weights: input });
    await expect(opened).rejects.toMatchObject({ code: 'WEIGHTS_REFUSED', detail: 'too small', exposed: true });
  });

  it.each([
    ['outside of its memory', [0x7fff_0000, 4, 1]],
    ['that crosses the end of its memory', [2 * 65_536 - 2, 4, 1]],
    ['shorter than its shape', [700, 4, 2]],
    ['longer than its shape', [700, 8, 1]],
  ] as const)('whose answer is %s fails', async (_what, answer) => {
    const session = await open({ answer });
    await expect(session.run('infer', input)).rejects.toMatchObject({ code: 'MODEL_OUTPUT_INVALID' });
  });

  it('that floods the log is cut to a few short lines', async () => {
    logged.length = 0;
    const session = await open({
      infer: `(local $i i32)
        (loop $again
          (call $log (i32.const 1) (i32.const 0) (i32.const 4096))
          (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))
        (i32.const 512)`,
    });
    await session.run('infer', input);
    expect(logged).toHaveLength(LOG_LINES_PER_CALL_MAX);
    expect(logged.every(({ length }) => length <= LOG_CHARACTERS_MAX)).toBe(true);
  });
});

describe('a component that is refused', () => {
  it.each([
    [
      'another version of the host interface',
      'sedge:model/host@0.1.0',
      'sedge:model/host@0.2.0',
      'COMPONENT_IMPORT_REFUSED',
    ],
    [
      'a name that would end a string in code',
      'sedge:model/host@0.1.0',
      `sedge:model/h'];//@0.1`,
      'COMPONENT_IMPORT_REFUSED',
    ],
    ['a foreign interface', 'sedge:model/host@0.1.0', 'wasi:cli/env-a@0.2.000', 'COMPONENT_IMPORT_REFUSED'],
    ['another version of the contract', 'model/inference@0.1.0', 'model/inference@0.1.1', 'COMPONENT_EXPORT_MISSING'],
  ])('%s', async (_what, from, to, code) => {
    await expect(openBytes(patchText(await craftComponent(), from, to))).rejects.toMatchObject({ code });
  });

  it('built against a foreign version of the contract', async () => {
    const built = open({ rename: ['0.1.0', '0.2.0'] });
    await expect(built).rejects.toMatchObject({
      code: 'COMPONENT_IMPORT_REFUSED',
      detail: expect.stringContaining('0.2.0'),
    });
  });

  it('that exports a name with a quote from its core module', async () => {
    const fields = `(func (export "a'];globalThis.broken=1//"))`;
    await expect(open({ fields })).rejects.toMatchObject({ code: 'COMPONENT_EXPORT_MISSING' });
  });

  it.each([
    ['nothing', new Uint8Array(), 'COMPONENT_UNRECOGNISED'],
    ['text', Buffer.from('(module)'), 'COMPONENT_UNRECOGNISED'],
    ['zeros', new Uint8Array(4_096), 'COMPONENT_UNRECOGNISED'],
    ['a bare core module', Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0), 'COMPONENT_UNRECOGNISED'],
    ['an empty component', Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0), 'COMPONENT_MALFORMED'],
  ])('%s', async (_what, bytes, code) => {
    await expect(openBytes(bytes)).rejects.toMatchObject({ code });
  });
});

describe('truncated components', () => {
  let component: Uint8Array;
  beforeAll(async () => {
    component = await mlpComponent();
  }, 60_000);

  it('are invalid, wherever they end', async () => {
    const ends = Array.from({ length: 120 }, (_, index) => Math.floor((index * (component.length - 1)) / 119));
    for (const end of ends) {
      const code = expect.stringMatching(/^COMPONENT_/);
      await expect(openBytes(component.subarray(0, end)), `at ${end}`).rejects.toMatchObject({ code });
    }
  });
});

function storeAnswer(value: string): string {
  return `(i32.store (i32.const 700) ${value}) (i32.const 512)`;
}
