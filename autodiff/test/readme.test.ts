import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Tensor } from 'onnxruntime-web';
import { expect, it } from 'vitest';
import type { Training } from '../src/derive-training.ts';
import type { Engine } from '../src/engine/engine.ts';
import { OnnxError } from '../src/onnx-error.ts';
import { ruleTable } from '../src/rules/rule-table.ts';
import { cellKinds } from '../src/unroll/cells.ts';
import { anyEngine } from './engines.ts';
import { runModel } from './example-models.ts';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));

async function readme(): Promise<string> {
  return await readFile(join(packageFolder, 'README.md'), 'utf8');
}

/** Runs an example of the page as it stands, from files that resolve packages as a reader's would. */
async function runExample<T>(index: number): Promise<T> {
  const folder = await mkdtemp(join(packageFolder, 'test', 'example-'));
  try {
    const examples = Array.from((await readme()).matchAll(/```ts\n([\s\S]*?)```/g), ([, code = '']) => code);
    for (const [place, code] of examples.entries()) {
      const file = join(folder, place === 0 ? 'model.ts' : `example-${place}.ts`);
      await writeFile(file, code.replace('@sedge/autodiff', '../../src/index.ts'));
    }
    const file = join(folder, index === 0 ? 'model.ts' : `example-${index}.ts`);
    return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as T;
  } finally {
    await rm(folder, { recursive: true });
  }
}

it('the first example of the README makes a model that runs', async () => {
  const { bytes } = await runExample<{ bytes: Uint8Array }>(0);
  const results = await runModel(bytes, { features: new Tensor('float32', Float32Array.of(0, 0), [1, 2]) });
  // Logits 0, 0, 0.5: e^0.5 = 1.64872, so 1/3.64872 = 0.274068 and 1.64872/3.64872 = 0.451863.
  const [first, second, third] = results.get('probabilities') ?? [];
  expect(first).toBeCloseTo(0.274068, 5);
  expect(second).toBeCloseTo(0.274068, 5);
  expect(third).toBeCloseTo(0.451863, 5);
});

it('the second example of the README makes training graphs', async () => {
  const { derive } = await runExample<{ derive: (engine: Engine) => Promise<Training> }>(1);
  const training = await derive(anyEngine);
  expect(training.parameters.map(({ name }) => name)).toEqual(['weight', 'bias']);
  expect(training.digest).toMatch(/^[0-9a-f]{64}$/);
});

it('the README names every operator that has a rule, and a test that shows it', async () => {
  const rows = [...(await readme()).matchAll(/^\| ([A-Z][\w, ]+) \| `(test\/[^`]+)` \|$/gm)];
  const named = rows.flatMap(([, operators = '', test = '']) =>
    operators.split(', ').map((one) => [one, test] as const),
  );
  const known = [...Object.keys(ruleTable), ...Object.keys(cellKinds), 'Attention', 'RMSNormalization'];
  expect(named.map(([operator]) => operator).sort()).toEqual(known.sort());
  for (const [operator, test] of named) {
    expect(await readFile(join(packageFolder, test), 'utf8')).toContain(`'${operator}'`);
  }
});

it('the README lists every error code', async () => {
  const source = await readFile(join(packageFolder, 'src', 'onnx-error.ts'), 'utf8');
  const codes = [...source.matchAll(/\| '([A-Z_]+)'/g)].map(([, code]) => code);
  const listed = [...(await readme()).matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code]) => code);
  expect(listed).toEqual(codes);
  expect(new OnnxError('TRUNCATED', 'detail').message).toBe('TRUNCATED: detail');
});
