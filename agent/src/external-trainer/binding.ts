import { modelName } from '@sedge/protocol';
import { z } from 'zod';

/** Stands for every model that has no trainer of its own. */
export const ANY_MODEL = '*';

/** As many words as a command line reasonably has. */
const WORDS_MAX = 256;
const WORD_CHARACTERS_MAX = 4_096;

const word = z.string().max(WORD_CHARACTERS_MAX);

/** Started by the agent, without a shell. */
const startedTrainer = z.strictObject({
  kind: z.literal('program'),
  words: z.tuple([word.min(1)], word).refine(({ length }) => length <= WORDS_MAX),
  /** Where it was bound, so that paths in its words mean what they meant to the owner. */
  workingDirectory: z.string().min(1),
});
export type StartedTrainer = z.infer<typeof startedTrainer>;

/** Runs by itself, and asks for work at the local door. */
const askingTrainer = z.strictObject({ kind: z.literal('pull') });

/** What the owner of a node decided: who trains the versions of a model in place of the model host. */
export const trainerBinding = z.strictObject({
  model: z.union([modelName, z.literal(ANY_MODEL)]),
  trainer: z.discriminatedUnion('kind', [startedTrainer, askingTrainer]),
  /** The most that one round may take. What is left of the round bounds it in any case. */
  timeoutMs: z.int().min(1).optional(),
});
export type TrainerBinding = z.infer<typeof trainerBinding>;
