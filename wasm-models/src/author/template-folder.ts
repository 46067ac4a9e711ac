import { join } from 'node:path';
import type { Language } from './languages.ts';
import { packageFolder } from './package-folder.ts';

/** The sources that a new project begins with. */
export function templateFolder(language: Language): string {
  return join(packageFolder, 'templates', language);
}
