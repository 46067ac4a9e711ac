import { SedgeError } from '@sedge/protocol';
import { QuarantineFolder, type QuarantinedContent } from '../models/quarantine-folder.ts';
import type { CommandContext } from './command-context.ts';
import { folderOf, logOfConfig, readConfig } from './settings.ts';

export interface QuarantineFlags {
  readonly json: boolean;
}

export async function quarantineListCommand({ json }: QuarantineFlags, context: CommandContext): Promise<void> {
  const entries = await quarantineOf(context).list();
  if (json) return context.write(JSON.stringify(entries.map(viewOf)));
  if (entries.length === 0) context.write('Nothing is in quarantine.');
  for (const entry of entries) for (const line of linesOf(entry)) context.write(line);
}

/** A running agent notices at its next heartbeat, and loads the model again. Throws MODEL_NOT_QUARANTINED. */
export async function quarantineReleaseCommand(
  word: string,
  { json }: QuarantineFlags,
  context: CommandContext,
): Promise<void> {
  const quarantine = quarantineOf(context);
  const released = (await quarantine.list()).filter(({ key, models }) => key === word || models.includes(word));
  if (released.length === 0) throw new SedgeError('MODEL_NOT_QUARANTINED', word, { expose: true });
  for (const { key } of released) await quarantine.remove(key);
  if (json) return context.write(JSON.stringify({ released: released.map(viewOf) }));
  for (const { models, key } of released) context.write(`${models.join(', ') || key} may run again`);
}

function quarantineOf(context: CommandContext): QuarantineFolder {
  const config = readConfig(context);
  return new QuarantineFolder(folderOf(config, context).quarantine, logOfConfig(config, context));
}

function viewOf({ key, code, crashes, sinceMs, models }: QuarantinedContent) {
  return { content: key, models, code, crashes, since: new Date(sinceMs).toISOString() };
}

function linesOf(entry: QuarantinedContent): string[] {
  const { content, models, code, crashes, since } = viewOf(entry);
  return [
    `${models.join(', ') || 'a model'}: ${crashes} crashes until ${since}, the last one ${code}`,
    `   content ${content}`,
  ];
}
