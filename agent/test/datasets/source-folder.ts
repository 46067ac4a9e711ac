import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** A folder of source files that is gone with the test. */
export interface SourceFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes a file and gives its path; compressed when the name ends in `.gz`. */
  write(name: string, content: string | Uint8Array): Promise<string>;
}

export async function sourceFolder(): Promise<SourceFolder> {
  const path = await mkdtemp(join(tmpdir(), 'sedge-datasets-'));
  return {
    path,
    async write(name, content) {
      const file = join(path, name);
      await writeFile(file, name.endsWith('.gz') ? gzipSync(content) : content);
      return file;
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** A NumPy file around raw little-endian data, as `numpy.save` writes it: header padded to 64 bytes, ending in LF. */
export function npyFile(
  descr: string,
  shape: readonly number[],
  data: ArrayBufferView,
  options: NpyOptions = {},
): Uint8Array {
  const { version = 1, fortran = 'False' } = options;
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${tuple}, }`;
  const prefix = version === 1 ? 10 : 12;
  const padded = Math.ceil((prefix + text.length + 1) / 64) * 64;
  const header = Buffer.alloc(padded, 0x20);
  header.write('\x93NUMPY', 'latin1');
  header[6] = version;
  header[7] = 0;
  if (version === 1) header.writeUInt16LE(padded - prefix, 8);
  else header.writeUInt32LE(padded - prefix, 8);
  header.write(text, prefix, 'latin1');
  header[padded - 1] = 0x0a;
  return Buffer.concat([header, Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);
}

interface NpyOptions {
  readonly version?: number;
  readonly fortran?: 'True' | 'False';
}

/** An IDX file: two zero bytes, element type, rank, big-endian sizes, values. */
export function idxFile(type: number, shape: readonly number[], data: Uint8Array): Uint8Array {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header[2] = type;
  header[3] = shape.length;
  for (const [axis, size] of shape.entries()) header.writeUInt32BE(size, 4 + 4 * axis);
  return Buffer.concat([header, data]);
}

/** What a promise was rejected with: code and the detail that travels. */
export async function refusalOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'nothing was refused';
}
