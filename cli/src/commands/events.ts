import type { CloudEvent } from '@sedge/protocol/routes';
import type { Command } from 'commander';
import { commandOf } from '../command-tree.ts';
import type { JsonOption, Shell } from '../shell.ts';
import { timeWords } from '../words.ts';

export function addEventsCommand(root: Command, shell: Shell): void {
  commandOf(root, 'events', 'Follows state changes until Ctrl-C; with --json one CloudEvent a line.').action(
    (options) => followEvents(shell, options),
  );
}

async function followEvents(shell: Shell, { json = false }: JsonOption): Promise<void> {
  try {
    for await (const event of shell.client().events({ signal: shell.signal })) {
      shell.write(`${json ? JSON.stringify(event) : eventLine(event, shell.columns)}\n`);
    }
  } catch (error) {
    // Ctrl-C is how following ends.
    if (!shell.signal.aborted) throw error;
  }
}

function eventLine({ time, type, subject, data }: CloudEvent, columns: number): string {
  return `${timeWords(time)}  ${type.replace(/^sedge\./, '')}  ${subject ?? ''}  ${JSON.stringify(data)}`.slice(
    0,
    columns,
  );
}
