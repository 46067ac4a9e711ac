import { describe, expect, it } from 'vitest';
import { CompilerMissing } from '../../src/author/build-failures.ts';
import { compileC, hasClang } from '../../src/author/compile-c.ts';

/** What Node.js throws for a package that is not installed. */
const absent = () =>
  Promise.reject(Object.assign(new Error("Cannot find package '@yowasp/clang'"), { code: 'ERR_MODULE_NOT_FOUND' }));

describe('without the optional compiler', () => {
  it('a build of C says what to install', async () => {
    await expect(compileC('/nonexistent', absent)).rejects.toThrow(CompilerMissing);
    await expect(compileC('/nonexistent', absent)).rejects.toThrow('@yowasp/clang');
  });

  it('is known to be missing', async () => {
    expect(await hasClang(absent)).toBe(false);
  });

  it('a compiler that is there and fails is no missing one', async () => {
    const broken = () => Promise.reject(new Error('out of memory'));
    await expect(hasClang(broken)).rejects.toThrow('out of memory');
  });
});
