export interface GuestEntry {
  readonly url: URL;
  readonly argv: readonly string[];
  readonly execArgv: readonly string[];
  /** TypeScript is translated by a tool that starts a process of its own: beside sources a guest keeps Node's rights. */
  readonly isSource: boolean;
}

/**
 * What a guest begins with. Built, that is plain JavaScript; beside sources it is a file that loads TypeScript first,
 * and our packages are taken from their sources as well.
 */
export function guestEntry(name: 'worker-main' | 'process-main'): GuestEntry {
  if (!import.meta.url.endsWith('.ts'))
    return { url: new URL(`./${name}.js`, import.meta.url), argv: [], execArgv: [], isSource: false };
  return {
    url: new URL('./from-source.mjs', import.meta.url),
    argv: [name],
    execArgv: ['--conditions=source'],
    isSource: true,
  };
}
