import { nodeCrypto } from '@sedge/kit';
import { keyIdOf, toBase64 } from '@sedge/protocol';
import { routes } from '@sedge/protocol/routes';
import type { Command } from 'commander';
import { commandOf, groupOf } from '../command-tree.ts';
import { openPublisherKey, publisherKeyPath, readPublisherKey } from '../publisher-key.ts';
import { show, type JsonOption, type Shell } from '../shell.ts';
import { pairs, table } from '../table.ts';
import { shortDigest, timeWords } from '../words.ts';

interface KeyOption extends JsonOption {
  readonly key?: string;
}

export function addPublisherCommands(root: Command, shell: Shell): void {
  const publishers = groupOf(root, 'publishers', 'Whose models are taken here.');
  commandOf(publishers, 'add <name> [public-key]', 'Trusts a publisher; without a key, the holder of your own.')
    .option('--key <file>', 'the file of your own key')
    .action((name, publicKey, options) => addPublisher(shell, name, publicKey, options));
  commandOf(publishers, 'list', 'Lists trusted publishers.').action((options) => listPublishers(shell, options));
  commandOf(publishers, 'key', 'Shows your publisher key; makes it the first time. It never leaves its file.')
    .option('--key <file>', 'where the key lies')
    .action((options) => showKey(shell, options));
}

/** The option, then the setting, then the home folder. */
export function keyFileOf(shell: Shell, { key }: KeyOption): string {
  return key ?? publisherKeyPath(shell.config().publisherKey, shell.homeFolder);
}

async function addPublisher(shell: Shell, name: string, given: string | undefined, options: KeyOption): Promise<void> {
  const publicKey = given ?? toBase64((await readPublisherKey(keyFileOf(shell, options))).publicKey);
  const added = await shell.client().call(routes.addPublisher, { body: { name, publicKey } });
  show(shell, options, added, () => [`${added.name} is trusted: ${added.keyId}`]);
}

async function listPublishers(shell: Shell, options: JsonOption): Promise<void> {
  const { items } = await shell.client().call(routes.listPublishers);
  const rows = items.map(({ name, keyId, addedAt }) => [name, shortDigest(keyId), timeWords(addedAt)]);
  show(shell, options, items, () => table(['NAME', 'KEY', 'ADDED'], rows, shell.columns));
}

async function showKey(shell: Shell, options: KeyOption): Promise<void> {
  const file = keyFileOf(shell, options);
  const { key, made } = await openPublisherKey(file);
  const shown = { publicKey: toBase64(key.publicKey), keyId: keyIdOf(nodeCrypto, key.publicKey), file, made };
  show(shell, options, shown, () => pairs({ ...shown, made: made ? 'just now' : 'before' }));
}
