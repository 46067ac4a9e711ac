import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CompileFailure, CompilerMissing } from './build-failures.ts';
import { packageFolder } from './package-folder.ts';

type Files = Readonly<Record<string, string>>;

interface RunOptions {
  readonly stderr?: (bytes: Uint8Array | null) => void;
  readonly fetchProgress?: () => void;
}

type Made = Readonly<Record<string, unknown>>;
type Tool = (args: readonly string[] | undefined, files: Files, options: RunOptions) => Promise<Made | undefined>;

/** The part of the compiler that is used here, written down because the package may not be there. */
interface Clang {
  readonly commands: { readonly clang: Tool };
  readonly runLLVM: Tool;
  readonly Exit: new () => Error;
}

type ImportClang = () => Promise<Clang>;

/** An optional dependency. A name in a variable is not looked up when this file is compiled. */
const CLANG: string = '@yowasp/clang';

const importInstalled: ImportClang = () => import(CLANG) as Promise<Clang>;

const OUTPUT = 'model.wasm';

/** Exports carry their names in the contract themselves; no import of WASI is left, so no adapter is needed. */
const FLAGS = [
  '--target=wasm32-wasip1',
  '-std=c11',
  '-O3',
  '-msimd128',
  '-mbulk-memory',
  '-Wall',
  '-nostartfiles',
  '-Wl,--no-entry',
  '-Wl,-z,stack-size=65536',
  '-Wl,--strip-all',
];

/** The core module of the C files of a folder, with those of the SDK. Throws CompileFailure or CompilerMissing. */
export async function compileC(folder: string, importClang = importInstalled): Promise<Uint8Array> {
  const { commands, Exit, runLLVM } = await loadClang(importClang);
  // Loading its parts it would tell of each on the terminal.
  await runLLVM(undefined, {}, { fetchProgress: () => undefined });
  const files = { ...(await readFiles(join(packageFolder, 'c'))), ...(await readFiles(folder)) };
  const sources = Object.keys(files).filter((name) => name.endsWith('.c'));
  let messages = '';
  const stderr = (bytes: Uint8Array | null): void => {
    if (bytes !== null) messages += Buffer.from(bytes).toString('utf8');
  };
  try {
    const made = await commands.clang([...FLAGS, '-o', OUTPUT, ...sources], files, { stderr });
    const binary = made?.[OUTPUT];
    if (binary instanceof Uint8Array) return binary;
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    throw new CompileFailure(messages.trim(), { cause: error });
  }
  throw new CompileFailure(`the compiler wrote nothing: ${messages.trim()}`);
}

/** Whether C can be compiled here. */
export async function hasClang(importClang = importInstalled): Promise<boolean> {
  return loadClang(importClang).then(
    () => true,
    (error: unknown) => {
      if (error instanceof CompilerMissing) return false;
      throw error;
    },
  );
}

/** The package is optional: at 98 MB it is as large as all else that builds models. */
async function loadClang(importClang: ImportClang): Promise<Clang> {
  try {
    return await importClang();
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) throw cause;
    throw new CompilerMissing(
      'C is compiled by the npm package @yowasp/clang, an optional dependency: install again without --no-optional',
      { cause },
    );
  }
}

async function readFiles(folder: string): Promise<Files> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile() && /\.[ch]$/.test(entry.name)).map(({ name }) => name);
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  );
}
