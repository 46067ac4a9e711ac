import { createRequire } from 'node:module';

/** Of this package; the file lies one level above, in the sources and in the build alike. */
export function coordinatorVersion(): string {
  const manifest = createRequire(import.meta.url)('../package.json') as { readonly version: string };
  return manifest.version;
}
