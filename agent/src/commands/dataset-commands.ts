import { resolve } from 'node:path';
import { datasetName, SedgeError, type DatasetName } from '@sedge/protocol';
import type { DatasetBinding } from '../datasets/binding.ts';
import { DatasetRegistry } from '../datasets/registry.ts';
import { loadIdentity } from '../identity/identity.ts';
import type { CommandContext } from './command-context.ts';
import { describeSource, hasHeader, type SchemaFlags } from './describe-source.ts';
import { folderOf, logOfConfig, readConfig } from './settings.ts';

type DatasetSource = DatasetBinding['source'];

export interface DatasetFlags {
  readonly identity: number;
  readonly json: boolean;
}

export interface DatasetAddFlags extends DatasetFlags, SchemaFlags {
  readonly csv?: string;
  readonly labelColumn?: string | number;
  readonly header?: boolean;
  readonly delimiter: string;
  readonly npy?: string;
  readonly npyLabels?: string;
  readonly idxImages?: string;
  readonly idxLabels?: string;
  readonly rows?: string;
  readonly scale?: number;
  readonly replace: boolean;
}

/** Binds files of the owner under a name; a running agent tells of it with its next heartbeat. */
export async function datasetAddCommand(name: string, flags: DatasetAddFlags, context: CommandContext): Promise<void> {
  const registry = await registryOf(flags, context);
  const at = (path: string): string => resolve(context.workingDirectory, path);
  const source = await sourceOf(flags, at);
  const binding = {
    name: nameOf(name),
    source,
    schema: await describeSource(source, flags),
    ...(flags.rows !== undefined && { rows: at(flags.rows) }),
    ...(flags.scale !== undefined && { scale: flags.scale }),
  };
  const held = await registry.add(binding, { replace: flags.replace });
  if (flags.json) return context.write(JSON.stringify({ ...held, classNames: binding.schema.classes }));
  const shape = held.featureShape.join(' x ');
  context.write(`${held.name}: ${held.examples} examples of ${shape} values in ${held.classes} classes.`);
}

export async function datasetListCommand(flags: DatasetFlags, context: CommandContext): Promise<void> {
  const registry = await registryOf(flags, context);
  const stored = await registry.list();
  if (flags.json) {
    return context.write(JSON.stringify(stored.map(({ held, binding }) => ({ ...held, source: binding.source }))));
  }
  if (stored.length === 0) context.write('No data sets. Add one with "sedge-agent dataset add".');
  for (const { held } of stored) context.write(`${held.name}: ${held.examples} examples, ${held.classes} classes`);
}

export async function datasetRemoveCommand(name: string, flags: DatasetFlags, context: CommandContext): Promise<void> {
  const registry = await registryOf(flags, context);
  const removed = nameOf(name);
  await registry.remove(removed);
  context.write(flags.json ? JSON.stringify({ removed }) : `${removed} is removed; its files are untouched.`);
}

/** Throws NOT_ENROLLED, so that no data set is added where no node will find it. */
async function registryOf({ identity }: DatasetFlags, context: CommandContext): Promise<DatasetRegistry> {
  const config = readConfig(context);
  const { folder } = await loadIdentity(folderOf(config, context).identity(identity));
  return new DatasetRegistry({ folder: folder.datasets, log: logOfConfig(config, context) });
}

async function sourceOf(flags: DatasetAddFlags, at: (path: string) => string): Promise<DatasetSource> {
  const { csv, npy, npyLabels, idxImages, idxLabels, delimiter, labelColumn } = flags;
  if ([csv, npy, idxImages].filter((path) => path !== undefined).length !== 1) {
    throw new SedgeError('USAGE', 'give one of --csv, --npy and --idx-images', { expose: true });
  }
  if (npy !== undefined) return arraysOf('npy', at(npy), npyLabels, at);
  if (idxImages !== undefined) return arraysOf('idx', at(idxImages), idxLabels, at);
  const path = at(csv ?? '');
  const header = flags.header ?? (await hasHeader(path, delimiter));
  return { kind: 'csv', path, header, delimiter, ...(labelColumn !== undefined && { label: labelColumn }) };
}

function arraysOf(
  kind: 'npy' | 'idx',
  features: string,
  labels: string | undefined,
  at: (path: string) => string,
): DatasetSource {
  return { kind, features, ...(labels !== undefined && { labels: at(labels) }) };
}

function nameOf(text: string): DatasetName {
  const parsed = datasetName.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new SedgeError('USAGE', `"${text}" cannot be a name: 1 to 64 of a-z 0-9 -`, { expose: true });
}
