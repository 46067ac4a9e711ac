import type { DatasetBinding } from './binding.ts';
import { defaultDatasetLimits, type DatasetLimits } from './dataset-limits.ts';
import { type Examples, selectExamples, type SourceRows } from './examples.ts';
import { parseCsv } from './readers/csv.ts';
import { parseIdx } from './readers/idx.ts';
import { parseNpy } from './readers/npy.ts';
import { parseRowList } from './row-list.ts';
import { readSourceFile, type SourceFile } from './source-file.ts';

/** The SHA-256 of a source file as it lies on disk. */
export interface FileChecksum {
  readonly path: string;
  readonly sha256: string;
}

export interface OpenDataset extends Examples {
  /** Of every file that was read, the list of rows among them. */
  readonly checksums: readonly FileChecksum[];
}

/** Reads a data set whole. Throws DATASET_INVALID that says what is wrong and where. */
export async function openDataset(
  binding: DatasetBinding,
  limits: DatasetLimits = defaultDatasetLimits,
): Promise<OpenDataset> {
  const files = new Map<string, SourceFile>();
  const read = async (path: string): Promise<SourceFile> => {
    const file = files.get(path) ?? (await readSourceFile(path, limits.fileBytesMax));
    files.set(path, file);
    return file;
  };
  const source = await readRows(binding, read, limits);
  const rows = binding.rows === undefined ? undefined : await readRowList(binding.rows, source, read);
  const examples = selectExamples(source, binding.schema, { rows, scale: binding.scale }, limits);
  const checksums = [...files.values()].map(({ path, sha256 }) => ({ path, sha256 }));
  return { ...examples, checksums };
}

type Read = (path: string) => Promise<SourceFile>;

async function readRows({ source, schema }: DatasetBinding, read: Read, limits: DatasetLimits): Promise<SourceRows> {
  switch (source.kind) {
    case 'csv':
      return parseCsv(await read(source.path), source, schema.classes, limits);
    case 'npy':
      return await readArrays(source, read, parseNpy);
    case 'idx':
      return await readArrays(source, read, parseIdx);
  }
}

interface ArrayFiles {
  readonly features: string;
  readonly labels?: string | undefined;
}

async function readArrays(files: ArrayFiles, read: Read, parse: typeof parseNpy): Promise<SourceRows> {
  const features = parse(await read(files.features));
  return { features, labels: files.labels === undefined ? undefined : parse(await read(files.labels)) };
}

async function readRowList(path: string, source: SourceRows, read: Read): Promise<number[]> {
  return parseRowList(await read(path), source.features.shape[0] ?? 0);
}
