import { readFile } from 'node:fs/promises';
import { transpileBytes } from '@bytecodealliance/jco-transpile';
import { componentEmbed, componentNew, parse, print } from '@bytecodealliance/jco-transpile/wasm-tools';

const WORLD = 'trainable-model';
const witFile = new URL('../../wasm-models/wit/model.wit', import.meta.url);

/**
 * Stands in the bindings instead of the global WebAssembly. No function of our world suspends, but the bindings try for
 * each whether it may, and where the engine cannot do it every attempt throws. V8 reads the whole
 * function again to word such an error: seven of them took 6 ms of each instantiation.
 */
const WITHOUT_SUSPENSION =
  'const WebAssembly = Object.assign(Object.create(globalThis.WebAssembly), { promising: (call) => call });';

/**
 * The bindings of our world, as the text of each file under src/generated. They are made from a component whose core
 * module has the right names and empty functions; no model takes part.
 */
export async function makeBindings(): Promise<Readonly<Record<string, string>>> {
  const { files } = await transpileBytes(await dummyComponent(), {
    name: WORLD,
    instantiation: 'async',
    noComponentErrorWrapping: false,
    strict: true,
    nodejsCompat: false,
    emitTypescriptDeclarations: false,
  });
  const glue = Buffer.from(fileNamed(files, `${WORLD}.js`)).toString('utf8');
  const shims = ['core2', 'core3'].map((core) => base64Of(fileNamed(files, `${WORLD}.${core}.wasm`)));
  return { 'trainable-model.ts': glueText(glue), 'shims.ts': shimsText(shims) };
}

async function dummyComponent(): Promise<Uint8Array> {
  const witSource = await readFile(witFile, 'utf8');
  const dummy = await componentEmbed({ dummy: true, witSource, world: WORLD, stringEncoding: 'utf8' });
  const core = await parse(withContractNames(await print(dummy)));
  const embedded = await componentEmbed({ binary: core, witSource, world: WORLD, stringEncoding: 'utf8' });
  return componentNew(embedded, []);
}

/** The tool names a dummy's functions in a newer style, without the patch version; models carry the full names. */
function withContractNames(wat: string): string {
  return wat
    .replace(/\n\s*\(@custom "component-type".*\n/, '\n')
    .replace(/.*"cm32p2_initialize".*\n/, '')
    .replaceAll(/"cm32p2\|(sedge:model\/[a-z]+)@0\.1\|([a-z]+)_post"/g, '"cabi_post_$1@0.1.0#$2"')
    .replaceAll(/"cm32p2\|(sedge:model\/[a-z]+)@0\.1\|([a-z]+)"/g, '"$1@0.1.0#$2"')
    .replaceAll(/"cm32p2\|(sedge:model\/[a-z]+)@0\.1"/g, '"$1@0.1.0"')
    .replace('"cm32p2_memory"', '"memory"')
    .replace('"cm32p2_realloc"', '"cabi_realloc"');
}

function glueText(glue: string): string {
  const warning = '// @ts-nocheck: made by "npm run generate" from wasm-models/wit/model.wit; do not edit.';
  return `${warning}\n${WITHOUT_SUSPENSION}\n${withoutDebugSwitch(glue).trimEnd()}\n`;
}

/** The bindings ask the environment at a dozen points of each call whether to print: half of the time of an empty one. */
function withoutDebugSwitch(glue: string): string {
  const quiet = glue.replace('if (!globalThis?.process?.env?.JCO_DEBUG) { return; }', 'return;');
  if (quiet.includes('process')) throw new Error('the bindings look at their process in another way than they did');
  return quiet;
}

function shimsText([table, fixup]: readonly string[]): string {
  return [
    '// Made by "npm run generate" from wasm-models/wit/model.wit; do not edit.',
    '/** Core modules of the bindings themselves, base64: the table that imports are called through, and what fills it. */',
    `export const shimModules: Readonly<Record<string, string>> = {`,
    `  '${WORLD}.core2.wasm': '${table}',`,
    `  '${WORLD}.core3.wasm': '${fixup}',`,
    '};',
    '',
  ].join('\n');
}

function fileNamed(files: Readonly<Record<string, Uint8Array>>, name: string): Uint8Array {
  const file = files[name];
  if (file === undefined) throw new Error(`the tool made no ${name}, only ${Object.keys(files).join(', ')}`);
  return file;
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
