import { encodeSafetensors, float32Tensor } from '@sedge/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkLines } from '../../src/model-project/check-lines.ts';
import { checkModel, type CheckedModel } from '../../src/model-project/check-model.ts';
import { craftComponent, patchText } from '../../../runtime/test/crafted-component.ts';

const HOST = 'sedge:model/host@0.1.0';

let good: Uint8Array;
beforeAll(async () => {
  good = await craftComponent();
}, 60_000);

function check(artifact: Uint8Array, weights?: Uint8Array): Promise<CheckedModel> {
  return checkModel({ format: 'component', artifact, weights });
}

function refusalOf({ steps }: CheckedModel) {
  return steps.find(({ outcome }) => outcome === 'refused');
}

describe('checkModel', () => {
  it('passes an honest component through every step and shows its functions', { timeout: 60_000 }, async () => {
    const checked = await check(good);
    expect(checked.steps.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      'magic passed',
      'sections passed',
      'imports passed',
      'exports passed',
      'limits passed',
      'compile passed',
      'start passed',
    ]);
    expect(checked).toMatchObject({ isAccepted: true, trainable: false, sizeBytes: good.byteLength });
    expect(checkLines(checked)).toContain('function infer  x FP32 [-1] → y FP32 [-1]');
    expect(checked.demand).toEqual({ memory: { least: 2 }, tables: [{ least: 1 }] });
    expect(checkLines(checked)).toContain('memory          131.1 kB at the start, at most 536.9 MB');
    expect(checkLines(checked).at(-1)).toBe('A node takes it.');
  });

  it.each([
    ['a text file', () => Buffer.from('no component at all'), 'magic', 'COMPONENT_UNRECOGNISED', 'sedge model build'],
    [
      'a core module',
      () => Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
      'magic',
      'COMPONENT_UNRECOGNISED',
      'has to be wrapped',
    ],
    ['one that is cut off', () => good.slice(0, good.byteLength / 2), 'sections', 'COMPONENT_MALFORMED', 'cut off'],
    [
      'one that asks for a clock',
      () => patchText(good, HOST, 'wasi:clocks/wall@0.2.0'),
      'imports',
      'COMPONENT_IMPORT_REFUSED',
      'WASI stands for files, clocks',
    ],
    [
      'one for another version of the contract',
      () => patchText(good, HOST, 'sedge:model/host@0.2.0'),
      'imports',
      'COMPONENT_IMPORT_REFUSED',
      'another version of the contract',
    ],
    [
      'one without load',
      () => patchText(good, '0.1.0#load', '0.1.0#lead'),
      'exports',
      'COMPONENT_EXPORT_MISSING',
      'wit/model.wit',
    ],
    [
      'one that begins with 563 MiB',
      () => craftComponent({ memory: '9000' }),
      'limits',
      'COMPONENT_LIMIT_EXCEEDED',
      'begin small',
    ],
  ])('tells why %s is refused', async (_what, make, step, code, advice) => {
    const checked = await check(await make());
    expect(checked.isAccepted).toBe(false);
    expect(refusalOf(checked)).toMatchObject({ step, code });
    expect(refusalOf(checked)?.advice).toContain(advice);
    expect(checkLines(checked).at(-1)).toBe('A node refuses it.');
    expect(checkLines(checked).join('\n')).toContain(`${code}: `);
  });

  it('runs nothing of a component that is refused before', async () => {
    const checked = await check(patchText(good, HOST, 'sedge:model/host@0.2.0'));
    expect(checked.steps.slice(3).map(({ outcome }) => outcome)).toEqual(['skipped', 'skipped', 'skipped']);
    expect(checked.functions).toEqual([]);
  });

  it('tells a fault of the code from one of the weights', { timeout: 60_000 }, async () => {
    const trap = await craftComponent({ load: 'unreachable' });
    const weights = encodeSafetensors([float32Tensor('w', [1], Float32Array.of(1))]);
    const checked = await check(trap, weights);
    expect(checked.steps.at(-2)).toEqual({ step: 'start', outcome: 'passed' });
    expect(checked.steps.at(-1)).toMatchObject({ step: 'weights', outcome: 'refused' });
    expect(checked.steps.at(-1)?.advice).toBeDefined();
  });

  it('tells what is wrong with an ONNX file', async () => {
    const checked = await checkModel({ format: 'onnx', artifact: Uint8Array.of(255, 255, 255) });
    expect(refusalOf(checked)).toMatchObject({ step: 'file', code: 'ONNX_MALFORMED' });
    expect(checked.isAccepted).toBe(false);
  });
});
