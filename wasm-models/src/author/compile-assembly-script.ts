import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { main as compile } from 'assemblyscript/asc';
import { oneLineMessages } from './assembly-script-messages.ts';
import { CompileFailure } from './build-failures.ts';
import { ExportNames } from './export-names.ts';
import { packageFolder } from './package-folder.ts';

export interface AssemblyScriptSource {
  readonly folder: string;
  /** The file with the exports, within the folder. */
  readonly entry: string;
  /** Where the compiler finds the SDK: as a library, or, for models of this package, in the folder itself. */
  readonly sdk?: 'library' | 'folder';
}

/** How a model of another folder imports the SDK: `import { Model } from '@sedge/model'`. */
const LIBRARY = '@sedge/model';
const ABORT = { library: `~lib/${LIBRARY}/host/abort`, folder: 'sdk/host/abort' } as const;

/** AS201 warns of 64-bit memory, which components do not have. */
const FLAGS = '-O3 --noAssert --runtime minimal --enable simd --noColors --disableWarning 201'.split(' ');

/** The file that the compiler is told to write; it never reaches the disk. */
const OUTPUT = 'model.wasm';

/** The core module, with the names of the contract. Throws CompileFailure. */
export async function compileAssemblyScript(source: AssemblyScriptSource): Promise<Uint8Array> {
  const { folder, entry, sdk = 'library' } = source;
  let binary: Uint8Array | undefined;
  let messages = '';
  const args = [entry, '--baseDir', folder, '--outFile', OUTPUT, '--use', `abort=${ABORT[sdk]}`, '--lib', LIBRARY];
  const { error } = await compile([...args, ...FLAGS], {
    // The compiler makes the instance itself, once its parts are on the prototype.
    transforms: [ExportNames as never],
    stderr: {
      write: (chunk: Uint8Array | string) => {
        messages += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
      },
    },
    readFile: readSource,
    // Files of a library that are named here would become globals of every model.
    listFiles: () => [],
    writeFile: (name, contents) => {
      if (name === OUTPUT && contents instanceof Uint8Array) binary = contents;
    },
  });
  if (error) throw new CompileFailure(oneLineMessages(messages) || error.message, { cause: error });
  if (binary === undefined) throw new CompileFailure(`the compiler wrote nothing for ${entry}`);
  return binary;
}

/** A file of the model or, when the compiler looks into the library, of the SDK; null if there is none. */
async function readSource(name: string, folder: string): Promise<string | null> {
  // The flags are those above: settings that lie beside a model would make another build of it elsewhere.
  if (name === 'asconfig.json') return null;
  if (folder !== LIBRARY) return readIfThere(isAbsolute(name) ? name : join(folder, name));
  const [, file] = name.split(`${LIBRARY}/`);
  return file === undefined ? null : readIfThere(join(packageFolder, 'sdk', file));
}

async function readIfThere(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null;
    throw error;
  });
}
