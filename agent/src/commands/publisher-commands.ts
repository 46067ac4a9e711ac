import { nodeCrypto } from '@sedge/kit';
import { fromBase64, publisher, SedgeError, type Publisher } from '@sedge/protocol';
import { identityNumbers, type IdentityFolder } from '../identity/agent-folder.ts';
import { readIdentity, type Identity } from '../identity/identity.ts';
import { changePins, pinnedKeyId, withoutPin, withPin } from '../identity/pins.ts';
import type { CommandContext } from './command-context.ts';
import { folderOf, readConfig } from './settings.ts';

export interface PublisherFlags {
  /** All of them if it is left out. */
  readonly identity?: number;
  readonly json: boolean;
}

interface Held {
  readonly folder: IdentityFolder;
  readonly identity: Identity;
}

const PUBLIC_KEY_BYTES = 32;

/** Pins a publisher by hand; a running agent then also tries the models again that it refused. */
export async function publisherAddCommand(
  name: string,
  publicKey: string,
  flags: PublisherFlags,
  context: CommandContext,
): Promise<void> {
  const added = publisherOf(name, publicKey);
  const held = await heldIdentities(flags, context);
  for (const { folder } of held) await changePins(folder, context.processes, (before) => withPin(before, added));
  const view = viewOf(added);
  if (flags.json) return context.write(JSON.stringify({ ...view, identities: numbersOf(held) }));
  context.write(`${view.name} is trusted by ${namesOf(held)}: ${view.keyId}`);
}

export async function publisherListCommand(flags: PublisherFlags, context: CommandContext): Promise<void> {
  const held = await heldIdentities(flags, context);
  if (flags.json) {
    const views = held.map(({ folder: { number }, identity: { node, name, publishers } }) => ({
      identity: number,
      node,
      name,
      publishers: publishers.map(viewOf),
    }));
    return context.write(JSON.stringify(views));
  }
  for (const { folder, identity } of held) {
    context.write(`${folder.number}: ${identity.name} (${identity.node})`);
    if (identity.publishers.length === 0) context.write('   no publisher; add one with "sedge-agent publisher add"');
    for (const { name, keyId } of identity.publishers.map(viewOf)) context.write(`   ${name}: ${keyId}`);
  }
}

/** Throws PUBLISHER_NOT_FOUND where none of the identities trusts it. */
export async function publisherRemoveCommand(
  word: string,
  flags: PublisherFlags,
  context: CommandContext,
): Promise<void> {
  const held = (await heldIdentities(flags, context)).filter(
    ({ identity: { publishers } }) => withoutPin(nodeCrypto, publishers, word).length < publishers.length,
  );
  if (held.length === 0) throw new SedgeError('PUBLISHER_NOT_FOUND', word, { expose: true });
  for (const { folder } of held) {
    await changePins(folder, context.processes, (before) => withoutPin(nodeCrypto, before, word));
  }
  if (flags.json) return context.write(JSON.stringify({ removed: word, identities: numbersOf(held) }));
  context.write(`${word} is no longer trusted by ${namesOf(held)}. What is loaded stays loaded.`);
}

/** Throws NOT_ENROLLED. */
async function heldIdentities({ identity }: PublisherFlags, context: CommandContext): Promise<Held[]> {
  const agent = folderOf(readConfig(context), context);
  const numbers = identity === undefined ? await identityNumbers(agent) : [identity];
  if (numbers.length === 0) throw new SedgeError('NOT_ENROLLED', agent.root, { expose: true });
  const folders = numbers.map((number) => agent.identity(number));
  return Promise.all(folders.map(async (folder) => ({ folder, identity: await readIdentity(folder) })));
}

function publisherOf(name: string, publicKey: string): Publisher {
  const parsed = publisher.safeParse({ name, publicKey });
  if (parsed.success && fromBase64(publicKey)?.byteLength === PUBLIC_KEY_BYTES) return parsed.data;
  const wanted = 'a name of 1 to 100 characters and the public key as "sedge publishers key" prints it are needed';
  throw new SedgeError('USAGE', wanted, { expose: true });
}

function viewOf(one: Publisher): Publisher & { keyId: string } {
  return { ...one, keyId: pinnedKeyId(nodeCrypto, one) };
}

function numbersOf(held: readonly Held[]): number[] {
  return held.map(({ folder: { number } }) => number);
}

function namesOf(held: readonly Held[]): string {
  return held.map(({ identity: { name } }) => name).join(', ');
}
