/**
 * A guest's JavaScript heap; data of tensors and memories of models lie outside of it. A model that answers with
 * millions of records fills it: then the guest ends, not its parent.
 */
export const GUEST_HEAP_MB = 256;

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
