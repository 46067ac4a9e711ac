import { describe, expect, it } from 'vitest';
import { guestEnd } from '../../src/host/guest-end.ts';
import { LastWords } from '../../src/host/last-words.ts';
import { limitedCommand } from '../../src/host/limited-command.ts';
import { sandboxArguments, type SandboxOptions } from '../../src/host/sandbox.ts';

const options: SandboxOptions = {
  kind: 'portable',
  memoryBytesMax: 128 * 1024 * 1024,
  tableEntriesMax: 10_000,
  readable: ['/code', '/models'],
  knownFlags: new Set(['--experimental-permission']),
};

describe('sandboxArguments', () => {
  it('gives leave to read, and to nothing else', () => {
    const allowed = sandboxArguments(options).filter((argument) => argument.startsWith('--allow'));
    expect(allowed).toEqual(['--allow-fs-read=/code', '--allow-fs-read=/models']);
  });

  it('lets native engines load their library', () => {
    expect(sandboxArguments({ ...options, kind: 'native' })).toContain('--allow-addons');
  });

  it('takes the flag by the name that this Node knows', () => {
    expect(sandboxArguments(options)).toContain('--experimental-permission');
    const knownFlags = new Set(['--experimental-permission', '--permission']);
    expect(sandboxArguments({ ...options, knownFlags })).toContain('--permission');
  });

  it('names each path once, because Node 20 aborts otherwise', () => {
    const readable = ['/code', '/code', '/code/dist', '/codex'];
    const allowed = sandboxArguments({ ...options, readable }).filter((argument) => argument.startsWith('--allow'));
    expect(allowed).toEqual(['--allow-fs-read=/code', '--allow-fs-read=/codex']);
  });

  it('bounds heap and WebAssembly by the memory of the process', () => {
    // 128 MiB are 2,048 pages of 64 KiB; half of them are for the heap.
    expect(sandboxArguments(options)).toEqual(
      expect.arrayContaining(['--max-old-space-size=64', '--wasm-max-mem-pages=2048']),
    );
  });
});

describe('limitedCommand', () => {
  it('counts memory in KiB, and leaves the command alone where no limit is known', () => {
    expect(limitedCommand(['node', 'x'], 1_048_576, 'linux').args.slice(2)).toEqual(['sh', '1024', 'node', 'x']);
    expect(limitedCommand(['node', 'x'], 1_048_576, 'darwin')).toEqual({ file: 'node', args: ['x'] });
  });
});

describe('guestEnd', () => {
  it('tells want of memory from other ends', () => {
    const heap = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';
    expect(guestEnd('the process ended with SIGABRT', heap)).toMatchObject({ code: 'MODEL_OUT_OF_MEMORY' });
    const library = "terminate called after throwing an instance of 'std::bad_alloc'";
    expect(guestEnd('the process ended with SIGABRT', library)).toMatchObject({ code: 'MODEL_OUT_OF_MEMORY' });
    expect(guestEnd('the process ended with SIGSEGV', '')).toMatchObject({
      code: 'MODEL_CRASHED',
      detail: 'the process ended with SIGSEGV',
    });
  });
});

describe('LastWords', () => {
  it('keeps the end of what was said, without frames of the native stack', () => {
    const words = new LastWords();
    words.hear('x'.repeat(50_000));
    words.hear('\nout of memory\n 1: 0xb78db3 node::OOMErrorHandler(char const*) [/usr/bin/node]\n');
    expect(words.text.endsWith('x\nout of memory')).toBe(true);
    expect(words.text).toHaveLength(1_000);
  });
});
