import { describe, expect, it } from 'vitest';
import { commandsPage } from '../../src/reference/commands-page.ts';

const helps: Readonly<Record<string, string>> = {
  '': 'Usage: tool [command]\n\nCommands:\n  list [options]  Lists,\n                  in two lines.\n  key             Keys.\n  help [command]  help\n',
  list: 'Usage: tool list\n\nOptions:\n  --json\n',
  key: 'Usage: tool key\n\nCommands:\n  make <name>  Makes one.\n',
  'key make': 'Usage: tool key make <name>\n',
};

describe('commandsPage', () => {
  it('has every command of the tree, a group before its commands, and not the help of the help', async () => {
    const help = async (words: readonly string[]) => helps[words.join(' ')] ?? 'no such command';
    const page = await commandsPage([{ name: 'tool', intro: 'What it is.', help }]);
    expect(page.match(/^###? .*/gm)).toEqual(['## tool', '### tool list', '### tool key', '### tool key make']);
    expect(page).toContain('### tool key make\n\n```text\nUsage: tool key make <name>\n```\n');
    expect(page).not.toContain('no such command');
  });
});
