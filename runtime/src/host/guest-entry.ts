export interface GuestEntry {
  readonly url: URL;
  readonly argv: string[];
  readonly execArgv: string[];
}

/**
 * What a guest begins with. Built, that is plain JavaScript; beside sources it is a file that loads TypeScript first,
 * and our packages are taken from their sources as well.
 */
export function guestEntry(name: 'worker-main' | 'process-main'): GuestEntry {
  if (!import.meta.url.endsWith('.ts'))
    return { url: new URL(`./${name}.js`, import.meta.url), argv: [], execArgv: [] };
  return { url: new URL('./from-source.mjs', import.meta.url), argv: [name], execArgv: ['--conditions=source'] };
}
