import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@sedge/kit';
import { modelName, SedgeError, type ModelName } from '@sedge/protocol';
import { z } from 'zod';
import { isMissing, readJsonIfThere } from '../storage/read-file.ts';
import { ANY_MODEL, trainerBinding, type TrainerBinding } from './binding.ts';

const storedBinding = z.strictObject({ format: z.literal(1), binding: trainerBinding });

const SUFFIX = '.json';
/** No model can have this name. */
const ANY_MODEL_FILE = '_any';

/** The trainers that the owner bound, of one identity, on disk: commands change them while the agent runs. */
export class TrainerRegistry {
  readonly #folder: string;

  /** One JSON file per model lies in this folder; it is made with the first one. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Throws TRAINER_EXISTS for a model that has one, unless `replace` is set. */
  async add(binding: TrainerBinding, { replace = false } = {}): Promise<void> {
    if (!replace && (await this.#read(binding.model)) !== undefined) {
      throw new SedgeError('TRAINER_EXISTS', `${binding.model} has a trainer already`, { expose: true });
    }
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const stored = { format: 1, binding };
    await writeFileAtomic(this.#path(binding.model), `${JSON.stringify(stored, undefined, 2)}\n`, { mode: 0o600 });
  }

  /** The one of the model itself, else the one of any model. Throws STATE_UNREADABLE: nothing else may train then. */
  async find(model: ModelName): Promise<TrainerBinding | undefined> {
    return (await this.#read(model)) ?? (await this.#read(ANY_MODEL));
  }

  /** In the order of their names, the one of any model first. Throws STATE_UNREADABLE. */
  async list(): Promise<TrainerBinding[]> {
    const found = await Promise.all((await this.#models()).map((model) => this.#read(model)));
    return found.filter((binding) => binding !== undefined);
  }

  /** Throws TRAINER_NOT_FOUND. */
  async remove(model: TrainerBinding['model']): Promise<void> {
    try {
      await rm(this.#path(model));
    } catch (cause) {
      if (!isMissing(cause)) throw cause;
      throw new SedgeError('TRAINER_NOT_FOUND', model, { cause, expose: true });
    }
  }

  async #models(): Promise<TrainerBinding['model'][]> {
    const entries = await readdir(this.#folder).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw new SedgeError('STATE_UNREADABLE', `${this.#folder} cannot be read`, { cause: error, expose: true });
    });
    const names = entries.filter((entry) => entry.endsWith(SUFFIX)).map((entry) => entry.slice(0, -SUFFIX.length));
    const models = names.filter((name): name is ModelName => modelName.safeParse(name).success).sort();
    return names.includes(ANY_MODEL_FILE) ? [ANY_MODEL, ...models] : models;
  }

  async #read(model: TrainerBinding['model']): Promise<TrainerBinding | undefined> {
    return (await readJsonIfThere(this.#path(model), storedBinding))?.binding;
  }

  #path(model: TrainerBinding['model']): string {
    return join(this.#folder, `${model === ANY_MODEL ? ANY_MODEL_FILE : model}${SUFFIX}`);
  }
}
