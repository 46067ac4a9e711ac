import { routes } from '@sedge/protocol/routes';
import type { Command } from 'commander';
import { commandOf, groupOf } from '../command-tree.ts';
import { numberOption } from '../option-values.ts';
import { show, type JsonOption, type Shell } from '../shell.ts';
import { table } from '../table.ts';
import { shortDigest, timeWords } from '../words.ts';

interface ListOptions extends JsonOption {
  readonly after?: string;
  readonly limit?: number;
}

export function addLedgerCommands(root: Command, shell: Shell): void {
  const ledger = groupOf(root, 'ledger', 'What took effect, signed and chained.');
  commandOf(ledger, 'list', 'Lists entries, oldest first.')
    .option('--after <index>', 'entries after this one')
    .option('--limit <number>', 'at most so many', numberOption('--limit'))
    .action((options) => listLedger(shell, options));
}

async function listLedger(shell: Shell, { json, ...query }: ListOptions): Promise<void> {
  const { items } = await shell.client().call(routes.listLedger, { query });
  const rows = items.map(({ index, at, kind, hash, body }) => [
    String(index),
    timeWords(at),
    kind,
    shortDigest(hash),
    JSON.stringify(body),
  ]);
  const headings = ['INDEX', 'AT', 'KIND', 'HASH', 'BODY'];
  show(shell, json === undefined ? {} : { json }, items, () => table(headings, rows, shell.columns));
}
