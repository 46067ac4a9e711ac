import { readFile } from 'node:fs/promises';
import { nodeCrypto, systemClock } from '@sedge/kit';
import { SedgeError } from '@sedge/protocol';
import { identityNumbers, type AgentFolder } from '../identity/agent-folder.ts';
import { enrol } from '../identity/enrol.ts';
import { alreadyEnrolled, storeIdentity, type Identity } from '../identity/identity.ts';
import { CoordinatorDoor } from '../uplink/coordinator-door.ts';
import { httpExchange } from '../uplink/http-exchange.ts';
import type { CommandContext } from './command-context.ts';
import { folderOf, readConfig } from './settings.ts';

export interface EnrolFlags {
  readonly token: readonly string[];
  readonly tokenFile?: string;
  readonly name?: string;
  readonly label: Readonly<Record<string, string>>;
  readonly identities?: number;
  readonly json: boolean;
}

interface Enrolled {
  readonly number: number;
  readonly identity: Identity;
}

/** Enrols as many identities as there are tokens; those that an earlier attempt enrolled are kept. */
export async function enrolCommand(flags: EnrolFlags, context: CommandContext): Promise<void> {
  const folder = folderOf(readConfig(context), context);
  const tokens = await tokensOf(flags);
  const enrolled: Enrolled[] = [];
  for (const { number, token } of await missing(folder, tokens)) {
    const identity = await enrolOne(folder, number, token, flags, tokens.length);
    enrolled.push({ number, identity });
    if (!flags.json) context.write(sentenceOf(number, identity));
  }
  if (flags.json) context.write(JSON.stringify({ directory: folder.root, identities: enrolled.map(viewOf) }));
  else context.write('Start the agent with "sedge-agent run".');
}

/** Token n is for identity n. Throws ALREADY_ENROLLED when every one of them is there. */
async function missing(folder: AgentFolder, tokens: readonly string[]): Promise<{ number: number; token: string }[]> {
  const known = new Set(await identityNumbers(folder));
  const numbered = tokens.map((token, index) => ({ number: index + 1, token }));
  const open = numbered.filter(({ number }) => !known.has(number));
  if (open.length === 0) throw alreadyEnrolled(folder.identity(1));
  return open;
}

async function enrolOne(
  folder: AgentFolder,
  number: number,
  token: string,
  { name, label }: EnrolFlags,
  total: number,
): Promise<Identity> {
  const door = new CoordinatorDoor(httpExchange);
  const fullName = name === undefined || total === 1 ? name : `${name}-${number}`;
  const { identity, key } = await enrol({
    token,
    labels: label,
    crypto: nodeCrypto,
    clock: systemClock,
    send: (url, request) => door.enrol(url, request),
    ...(fullName !== undefined && { name: fullName }),
  });
  await storeIdentity({ folder: folder.identity(number), identity, key });
  return identity;
}

/** Throws USAGE when their number is not the wanted one. */
async function tokensOf({ token, tokenFile, identities }: EnrolFlags): Promise<string[]> {
  const listed = tokenFile === undefined ? [] : await tokensOfFile(tokenFile);
  const tokens = [...token, ...listed];
  if (tokens.length === 0) throw new SedgeError('USAGE', 'give a token with --token or --token-file', { expose: true });
  if (tokens.length === (identities ?? tokens.length)) return tokens;
  throw new SedgeError('USAGE', `${identities} identities need ${identities} tokens, ${tokens.length} were given`, {
    expose: true,
  });
}

async function tokensOfFile(path: string): Promise<string[]> {
  try {
    const lines = (await readFile(path, 'utf8')).split(/\r?\n/).map((line) => line.trim());
    return lines.filter((line) => line !== '' && !line.startsWith('#'));
  } catch (cause) {
    throw new SedgeError('USAGE', `the token file ${path} cannot be read`, { cause, expose: true });
  }
}

function viewOf({ number, identity: { node, name, project, coordinator, mqttUrl } }: Enrolled): object {
  return { number, node, name, project, coordinator: coordinator.url, mqttUrl };
}

function sentenceOf(number: number, { node, name, coordinator }: Identity): string {
  return `Identity ${number} is enrolled at ${coordinator.url} as ${name} (${node}).`;
}
