import { copyBytes, SedgeError, type LossName, type ModelManifest, type Tensor } from '@sedge/protocol';

/**
 * Throws DATASET_MISMATCH for labels that are none of the classes of the model. Looked at before training, where it
 * costs one walk over the labels; a model that does not say how many classes it has is trusted with its own check.
 */
export function checkClasses({ functions }: ModelManifest, labels: Tensor | undefined, loss?: LossName): void {
  if (loss !== undefined && loss !== 'softmax-cross-entropy') return;
  const classes = functions.find(({ name }) => name === 'infer')?.outputs[0]?.shape.at(-1) ?? -1;
  // One output is a probability or a quantity: nothing is known of classes.
  if (classes < 2 || labels?.dataType !== 'INT32') return;
  const highest = new Int32Array(copyBytes(labels.data).buffer).reduce((most, label) => Math.max(most, label), 0);
  if (highest < classes) return;
  const detail = `the data set has the class ${highest}, the model tells ${classes} apart (0 to ${classes - 1})`;
  throw new SedgeError('DATASET_MISMATCH', detail, { expose: true });
}
