import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** Real models lie beside the checkout where somebody put them; the project carries none. */
const folder = new URL('../../../shared/models/', import.meta.url);

export const hasSharedModels = existsSync(folder);
export const SHARED_MODELS_REASON = 'needs the real models in ../shared/models, which are not here';

export async function readShared(path: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(new URL(path, folder)));
}
