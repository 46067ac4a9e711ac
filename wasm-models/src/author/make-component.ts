import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { componentEmbed, componentNew } from '@bytecodealliance/jco-transpile/wasm-tools';
import { CompileFailure } from './build-failures.ts';
import type { World } from './languages.ts';
import { packageFolder } from './package-folder.ts';

/** Wraps a core module into a component of the world. Throws CompileFailure when it does not implement the world. */
export async function makeComponent(core: Uint8Array, world: World): Promise<Uint8Array> {
  const witSource = await readFile(join(packageFolder, 'wit', 'model.wit'), 'utf8');
  try {
    const embedded = await componentEmbed({ binary: core, witSource, world, stringEncoding: 'utf8' });
    return await componentNew(embedded, []);
  } catch (cause) {
    throw new CompileFailure(`the module does not implement the world ${world}: ${wordsOf(cause)}`, { cause });
  }
}

/** The tool throws errors whose payload is the message, with the stack of causes on further lines. */
function wordsOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.replaceAll(/\s*\n\s*/g, ' ').replace(/^ComponentError: /, '');
}
