import { asSedgeError, SedgeError } from '@sedge/protocol';
import { CommanderError } from 'commander';

/** Help and the version are no failures, though commander throws for them too. */
export function isShown(error: unknown): boolean {
  return error instanceof CommanderError && error.exitCode === 0;
}

export function failureOf(error: unknown): SedgeError {
  if (!(error instanceof CommanderError)) return asSedgeError(error);
  // Called without a subcommand, commander shows the help and throws this without words.
  const detail = error.code === 'commander.help' ? 'a subcommand is missing' : error.message.replace(/^error: /, '');
  return new SedgeError('USAGE', detail.replaceAll(/\s*\n\s*/g, ' '), { cause: error, expose: true });
}
