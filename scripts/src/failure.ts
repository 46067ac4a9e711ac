import { asSedgeError, errorCatalogue } from '@sedge/protocol';

/** The last words of a script: code, what is wrong and what to do. */
export function writeFailure(error: unknown): void {
  const { code, detail, cause } = asSedgeError(error);
  console.error(`\n${code}: ${errorCatalogue[code].say}\n  ${detail}`);
  if (code === 'INTERNAL' && cause instanceof Error) console.error(cause.stack);
  process.exitCode = 1;
}
