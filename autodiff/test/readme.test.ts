import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Tensor } from 'onnxruntime-web';
import { expect, it } from 'vitest';
import { OnnxError } from '../src/onnx-error.ts';
import { runModel } from './example-models.ts';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));

async function readme(): Promise<string> {
  return await readFile(join(packageFolder, 'README.md'), 'utf8');
}

/** Runs the first example of the page as it stands, from a file that resolves packages as a reader's would. */
async function runExample(): Promise<{ bytes: Uint8Array }> {
  const code = /```ts\n([\s\S]*?)```/.exec(await readme())?.[1];
  if (code === undefined) throw new Error('the README has no example');
  const folder = await mkdtemp(join(packageFolder, 'test', 'example-'));
  try {
    const file = join(folder, 'example.ts');
    await writeFile(file, code.replace('@sedge/autodiff', '../../src/index.ts'));
    return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { bytes: Uint8Array };
  } finally {
    await rm(folder, { recursive: true });
  }
}

it('the example of the README makes a model that runs', async () => {
  const { bytes } = await runExample();
  const results = await runModel(bytes, { features: new Tensor('float32', Float32Array.of(0, 0), [1, 2]) });
  // Logits 0, 0, 0.5: e^0.5 = 1.64872, so 1/3.64872 = 0.274068 and 1.64872/3.64872 = 0.451863.
  const [first, second, third] = results.get('probabilities') ?? [];
  expect(first).toBeCloseTo(0.274068, 5);
  expect(second).toBeCloseTo(0.274068, 5);
  expect(third).toBeCloseTo(0.451863, 5);
});

it('the README lists every error code', async () => {
  const source = await readFile(join(packageFolder, 'src', 'onnx-error.ts'), 'utf8');
  const codes = [...source.matchAll(/\| '([A-Z_]+)'/g)].map(([, code]) => code);
  const listed = [...(await readme()).matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code]) => code);
  expect(listed).toEqual(codes);
  expect(new OnnxError('TRUNCATED', 'detail').message).toBe('TRUNCATED: detail');
});
