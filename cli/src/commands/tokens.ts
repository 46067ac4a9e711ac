import { ROLES, SedgeError, type Role } from '@sedge/protocol';
import { routes } from '@sedge/protocol/routes';
import type { Command } from 'commander';
import { commandOf, groupOf } from '../command-tree.ts';
import { numberOption, wordOption } from '../option-values.ts';
import { show, type JsonOption, type Shell } from '../shell.ts';
import { table } from '../table.ts';
import { minuteWords, timeWords } from '../words.ts';

interface CreateOptions extends JsonOption {
  readonly enrol?: boolean;
  readonly count?: number;
  readonly name?: string;
  readonly role?: Role[];
  readonly expires?: string;
}

export function addTokenCommands(root: Command, shell: Shell): void {
  const tokens = groupOf(root, 'tokens', 'Tokens of people, programs and new nodes.');
  const role = wordOption('--role', ROLES);
  commandOf(tokens, 'create', 'Makes a token. It is shown once.')
    .option('--enrol', 'a single-use token with which one node enrols')
    .option('--count <number>', 'with --enrol: so many', numberOption('--count'))
    .option('--name <name>', 'whom or what the token is for')
    .option('--role <role>', `${ROLES.join(', ')}; may be repeated`, (text, earlier: Role[] | undefined) => [
      ...(earlier ?? []),
      role(text),
    ])
    .option('--expires <time>', 'when it ends, as 2027-01-31T12:00:00Z')
    .action((options) => createToken(shell, options));
  commandOf(tokens, 'list', 'Lists tokens, never their secrets.')
    .option('--enrol', 'enrolment tokens')
    .action((options) => listTokens(shell, options));
  commandOf(tokens, 'revoke <id>', 'Ends a token at once.').action((id, options) => revokeToken(shell, id, options));
}

async function createToken(shell: Shell, options: CreateOptions): Promise<void> {
  return options.enrol === true ? createEnrolmentTokens(shell, options) : createApiToken(shell, options);
}

async function createEnrolmentTokens(shell: Shell, options: CreateOptions): Promise<void> {
  const body = options.count === undefined ? {} : { count: options.count };
  const made = await shell.client().call(routes.createEnrolmentToken, { body });
  show(shell, options, made, () => made.tokens.map(({ token }) => token));
}

async function createApiToken(shell: Shell, options: CreateOptions): Promise<void> {
  const { name, role: roles, expires } = options;
  if (name === undefined || roles === undefined) {
    throw new SedgeError('USAGE', 'give --enrol, or --name and --role', { expose: true });
  }
  const body = { name, roles, ...(expires === undefined ? {} : { expiresAt: expires }) };
  const made = await shell.client().call(routes.createToken, { body });
  show(shell, options, made, () => [made.token]);
}

async function listTokens(shell: Shell, options: JsonOption & { enrol?: boolean }): Promise<void> {
  if (options.enrol === true) return listEnrolmentTokens(shell, options);
  const { items } = await shell.client().call(routes.listTokens, { query: { limit: 1_000 } });
  const rows = items.map(({ id, name, roles, createdAt, expiresAt }) => [
    id,
    name,
    roles.join(' '),
    timeWords(createdAt),
    timeWords(expiresAt),
  ]);
  show(shell, options, items, () => table(['TOKEN', 'NAME', 'ROLES', 'MADE', 'ENDS'], rows, shell.columns));
}

async function listEnrolmentTokens(shell: Shell, options: JsonOption): Promise<void> {
  const { items } = await shell.client().call(routes.listEnrolmentTokens, { query: { limit: 1_000 } });
  const rows = items.map(({ id, expiresAt, usedAt, node }) => [
    id,
    minuteWords(expiresAt),
    minuteWords(usedAt),
    node ?? '',
  ]);
  show(shell, options, items, () => table(['TOKEN', 'ENDS', 'USED', 'NODE'], rows, shell.columns));
}

async function revokeToken(shell: Shell, token: string, options: JsonOption): Promise<void> {
  await shell.client().call(routes.revokeToken, { path: { token } });
  show(shell, options, { revoked: token }, () => [`${token} is revoked`]);
}
