import type { Birth } from '@sedge/protocol';

/** What this node can run, and why it cannot run the rest. Nothing is loaded for it but the list itself. */
export async function nodeEngines(): Promise<Birth['engines']> {
  const { availableEngines } = await import('@sedge/runtime/available-engines');
  const engines = await availableEngines();
  return engines.map(({ name, version, formats, absent }) => ({
    name,
    version,
    formats: [...formats],
    ...(absent !== undefined && { absent }),
  }));
}

/** Names of those that can be used. */
export function usableEngines(engines: Birth['engines']): string[] {
  return engines.filter(({ absent }) => absent === undefined).map(({ name }) => name);
}
