import { isAbsolute } from 'node:path';
import { datasetName, limits } from '@sedge/protocol';
import { z } from 'zod';
import { invalidDataset } from './invalid-dataset.ts';

/** Absolute, because the agent that reads it later was started elsewhere than the command that bound it. */
const path = z.string().min(1).max(4_096).refine(isAbsolute, 'must be an absolute path');

/** By name where the file has a header line, or by position from 0; −1 is the last column. */
const column = z.union([z.string().min(1), z.int()]);

const csvSource = z.strictObject({
  kind: z.literal('csv'),
  path,
  header: z.boolean(),
  delimiter: z.string().length(1).default(','),
  /** Holds the name of a class. */
  label: column.optional(),
  /** All columns but the label when left out. */
  features: z.array(column).min(1).max(65_536).optional(),
});

/** Labels in a NumPy or IDX file are positions in the list of classes. */
const npySource = z.strictObject({ kind: z.literal('npy'), features: path, labels: path.optional() });
const idxSource = z.strictObject({ kind: z.literal('idx'), features: path, labels: path.optional() });

export const datasetSource = z.discriminatedUnion('kind', [csvSource, npySource, idxSource]);

/** What it looks like to a model: the shape of one example, and what its label says. */
const datasetSchema = z.strictObject({
  features: z.strictObject({
    shape: z
      .array(z.int().min(1))
      .min(1)
      .max(limits.tensorRankMax - 1),
  }),
  /** Names in the order of the model's outputs; empty for examples without labels. */
  classes: z.array(z.string().min(1).max(200)).max(65_536),
});

/** A data set of the owner: a name and a schema, bound to a source and to rows of it. */
export const datasetBinding = z
  .strictObject({
    name: datasetName,
    source: datasetSource,
    /** A file with the positions of the rows to use, from 0: a JSON array, or one number per line. All when left out. */
    rows: path.optional(),
    /** Every feature value is multiplied by it. */
    scale: z
      .number()
      .refine((value) => value !== 0, 'must not be 0')
      .default(1),
    schema: datasetSchema,
  })
  .refine(({ source, schema }) => hasLabels(source) === schema.classes.length > 0, {
    message: 'classes must be listed when the source has labels, and only then',
    path: ['schema', 'classes'],
  })
  .refine(({ schema: { classes } }) => new Set(classes).size === classes.length, {
    message: 'names a class twice',
    path: ['schema', 'classes'],
  });

type DatasetSource = z.infer<typeof datasetSource>;
export type CsvSource = Extract<DatasetSource, { kind: 'csv' }>;
export type DatasetSchema = z.infer<typeof datasetSchema>;
export type DatasetBinding = z.infer<typeof datasetBinding>;
/** As people write it: what has a default may be left out. */
export type DatasetBindingInput = z.input<typeof datasetBinding>;

function hasLabels(source: DatasetSource): boolean {
  return source.kind === 'csv' ? source.label !== undefined : source.labels !== undefined;
}

/** Throws DATASET_INVALID that names every wrong field. */
export function parseBinding(value: unknown): DatasetBinding {
  const parsed = datasetBinding.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the binding'}: ${issue.message}`);
  throw invalidDataset(faults.join('; '), parsed.error);
}
