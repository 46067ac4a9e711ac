import { z } from 'zod';
import { dataType } from '../tensor-schema.ts';

/** The Open Inference Protocol v2 as JSON. Unknown parameters are allowed: clients of many makers speak it. */
const parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

export const tensorMetadata = z.object({ name: z.string(), datatype: dataType, shape: z.array(z.int().min(-1)) });

export const serverMetadata = z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) });
export type ServerMetadata = z.infer<typeof serverMetadata>;

export const modelMetadata = z.object({
  name: z.string(),
  versions: z.array(z.string()),
  platform: z.string(),
  inputs: z.array(tensorMetadata),
  outputs: z.array(tensorMetadata),
});
export type ModelMetadata = z.infer<typeof modelMetadata>;

export const inferInput = z.object({
  name: z.string().min(1).max(256),
  datatype: dataType,
  shape: z.array(z.int().min(0)).max(16),
  parameters: parameters.optional(),
  /** Flat or nested, row-major; absent where the bytes follow the JSON. */
  data: z.array(z.unknown()).optional(),
});

export const inferRequest = z.object({
  id: z.string().max(256).optional(),
  parameters: parameters.optional(),
  /** None for a function that takes none. */
  inputs: z.array(inferInput).max(64),
  outputs: z
    .array(z.object({ name: z.string().min(1).max(256), parameters: parameters.optional() }))
    .max(64)
    .optional(),
});
export type InferRequest = z.infer<typeof inferRequest>;

export const inferOutput = z.object({
  name: z.string(),
  datatype: dataType,
  shape: z.array(z.int()),
  parameters: parameters.optional(),
  data: z.array(z.unknown()).optional(),
});

export const inferResponse = z.object({
  id: z.string().optional(),
  model_name: z.string(),
  model_version: z.string(),
  parameters: parameters.optional(),
  outputs: z.array(inferOutput),
});
export type InferResponse = z.infer<typeof inferResponse>;

export const inferError = z.object({ error: z.string() });
export type InferError = z.infer<typeof inferError>;
