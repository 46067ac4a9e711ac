import { asSedgeError, SedgeError } from '@sedge/protocol';
import { CommanderError } from 'commander';

/** Exit statuses: done, failed, wrongly used or configured, and failed in a way that may pass. */
export const EXIT = { done: 0, failed: 1, usage: 2, later: 3 } as const;

/** Stands below the help of the program. */
export const EXIT_HELP = `
Exit status:
  ${EXIT.done}  done
  ${EXIT.failed}  failed: something must be put right first
  ${EXIT.usage}  wrongly used or configured: USAGE, CONFIG_INVALID
  ${EXIT.later}  failed in a way that may pass: try the same again later

Errors go to standard error: the code with what to do, and the detail on a line
below; with --json one line {"error":{"code","say","detail","retry"}}.`;

/** Help and the version were asked for and have been written, though commander throws for them too. */
export function isShown(error: unknown): boolean {
  return error instanceof CommanderError && error.exitCode === 0;
}

export function failureOf(error: unknown): SedgeError {
  if (!(error instanceof CommanderError)) return asSedgeError(error);
  // Called without a subcommand, commander shows the help and throws this without words.
  const detail = error.code === 'commander.help' ? 'a subcommand is missing' : error.message.replace(/^error: /, '');
  return new SedgeError('USAGE', detail.replaceAll(/\s*\n\s*/g, ' '), { cause: error, expose: true });
}

export function exitStatusOf({ code, retry }: SedgeError): number {
  if (code === 'USAGE' || code === 'CONFIG_INVALID') return EXIT.usage;
  return retry === 'later' ? EXIT.later : EXIT.failed;
}
