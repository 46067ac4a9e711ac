import { systemRandomness } from '@sedge/kit';
import { SedgeError } from '@sedge/protocol';
import { identityNumbers } from '../identity/agent-folder.ts';
import { loadOrMakeToken, renewToken } from '../local-door/local-token.ts';
import type { CommandContext } from './command-context.ts';
import { folderOf, readConfig } from './settings.ts';

export interface LocalTokenFlags {
  readonly new: boolean;
  readonly json: boolean;
}

/** Prints the token of the local door. Throws NOT_ENROLLED, so that none is made where no agent will find it. */
export async function localTokenCommand(flags: LocalTokenFlags, context: CommandContext): Promise<void> {
  const folder = folderOf(readConfig(context), context);
  if ((await identityNumbers(folder)).length === 0) {
    throw new SedgeError('NOT_ENROLLED', folder.root, { expose: true });
  }
  const token = await (flags.new ? renewToken : loadOrMakeToken)(folder.localToken, systemRandomness);
  context.write(flags.json ? JSON.stringify({ token }) : token);
}
