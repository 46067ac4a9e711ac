import { z } from 'zod';
import { limits } from './limits.ts';
import { DATA_TYPES, type TensorSpec } from './tensor.ts';

export const dataType = z.enum(DATA_TYPES);

export const tensorSpec: z.ZodType<TensorSpec> = z.object({
  name: z.string().min(1).max(256),
  dataType,
  shape: z.array(z.int().min(-1)).max(limits.tensorRankMax),
});
