import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toUtf8 } from '@sedge/protocol';
import { exportMlpOnnx, initialMlpWeights } from '@sedge/runtime';

/** Files that a reader brings along, by what a page says that it needs. */
export const fixtures: Readonly<Record<string, (folder: string) => Promise<void>>> = {
  arrays: async (folder) => {
    const examples = Array.from({ length: 6 }, (_, row) => row % 3);
    await writeFile(
      join(folder, 'features.npy'),
      npy(
        '<f4',
        '(6, 4)',
        Float32Array.from({ length: 24 }, (_, index) => Math.sin(index)),
      ),
    );
    await writeFile(join(folder, 'labels.npy'), npy('<i4', '(6,)', Int32Array.from(examples)));
    await writeFile(join(folder, 'images-idx3-ubyte'), idx([6, 8, 8], new Uint8Array(6 * 64).fill(200)));
    await writeFile(join(folder, 'labels-idx1-ubyte'), idx([6], Uint8Array.from(examples)));
  },
  onnx: (folder) =>
    writeFile(join(folder, 'model.onnx'), exportMlpOnnx({ weights: initialMlpWeights([3, 4, 2], toUtf8('docs')) })),
};

export async function prepare(name: string, folder: string): Promise<void> {
  const make = fixtures[name];
  if (make === undefined)
    throw new RangeError(`a page needs "${name}", which is none of ${Object.keys(fixtures).join()}`);
  await mkdir(folder, { recursive: true });
  await make(folder);
}

/** NumPy's format 1.0: magic, header of a multiple of 64 bytes, values (NEP 1). */
function npy(type: string, shape: string, values: Float32Array | Int32Array): Uint8Array {
  const words = `{'descr': '${type}', 'fortran_order': False, 'shape': ${shape}, }`;
  const header = `${words.padEnd(64 * Math.ceil((words.length + 11) / 64) - 11)}\n`;
  const start = Buffer.alloc(10);
  start.write('\x93NUMPY\x01\x00', 'latin1');
  start.writeUInt16LE(header.length, 8);
  return Buffer.concat([start, Buffer.from(header, 'latin1'), Buffer.from(values.buffer)]);
}

/** The format of the MNIST files: two zero bytes, 8 for unsigned bytes, the rank, big-endian sizes, values. */
function idx(sizes: readonly number[], values: Uint8Array): Uint8Array {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header.set([0, 0, 8, sizes.length]);
  for (const [axis, size] of sizes.entries()) header.writeUInt32BE(size, 4 + 4 * axis);
  return Buffer.concat([header, values]);
}
