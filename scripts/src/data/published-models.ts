import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** Models of others lie beside the checkout where somebody put them; the project carries none. From src and dist alike. */
const folder = new URL('../../../../shared/models/', import.meta.url);

export const hasPublishedModels = existsSync(folder);
export const NO_PUBLISHED_MODELS = 'needs the published models in ../shared/models, which are not here';

/** SqueezeNet in float16: an image classifier of 1,000 classes, some 0.7 billion multiplications for each image. */
export function readSqueezeNet(): Promise<Uint8Array> {
  return readModel('squeezenet-fp16/SqueezeNet_fp16.onnx');
}

async function readModel(path: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(new URL(path, folder)));
}
