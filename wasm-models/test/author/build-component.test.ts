import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildComponent, CompileFailure, hasClang } from '../../src/author/index.ts';
import { templateFolder, type Language } from '../../src/index.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sedge-build-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What a build of the folder fails with. */
async function failureOf(language: Language, world: 'edge-model' | 'trainable-model' = 'edge-model') {
  const failure: unknown = await buildComponent({ folder, language, world }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CompileFailure);
  return (failure as CompileFailure).message;
}

describe('buildComponent', { timeout: 60_000 }, () => {
  it('says which function of its world a model lacks', async () => {
    await cp(templateFolder('assemblyscript'), folder, { recursive: true });
    expect(await failureOf('assemblyscript', 'trainable-model')).toMatch(
      /trainable-model.*sedge:model\/training@0\.1\.0/,
    );
  });

  it('says that the file of the model is not there', async () => {
    expect(await failureOf('assemblyscript')).toContain("'model.ts' not found");
  });

  it('builds the same with settings of the compiler beside the model', async () => {
    await cp(templateFolder('assemblyscript'), folder, { recursive: true });
    const build = () => buildComponent({ folder, language: 'assemblyscript', world: 'edge-model' });
    const alone = await build();
    await writeFile(join(folder, 'asconfig.json'), '{ "options": { "optimizeLevel": 0, "debug": true } }');
    expect(Buffer.compare(await build(), alone)).toBe(0);
  });

  it('names file, line and column in C', async ({ skip }) => {
    skip(!(await hasClang()), 'the optional package @yowasp/clang is not installed');
    await writeFile(join(folder, 'model.c'), '#include "sedge_model.h"\nint answer(void) { return 1 }\n');
    expect(await failureOf('c')).toMatch(/^model\.c:2:28: error: expected ';'/);
  });

  it('makes no component of C that prints, because printing needs WASI', async ({ skip }) => {
    skip(!(await hasClang()), 'the optional package @yowasp/clang is not installed');
    await writeFile(
      join(folder, 'model.c'),
      `#include <stdio.h>
#include "sedge_model.h"
void model_describe(sedge_functions *functions) { puts("hello"); }
sedge_outcome model_load(const sedge_tensors *weights) { return sedge_ok(); }
sedge_outcome model_infer(sedge_text name, const sedge_tensors *inputs, sedge_tensors *outputs) { return sedge_ok(); }
`,
    );
    expect(await failureOf('c')).toContain('wasi_snapshot_preview1');
  });
});
