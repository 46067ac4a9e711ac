import { z } from 'zod';

export type JsonObject = Record<string, unknown>;

/** The JSON Schema (2020-12) of what a sender may write, for both documents. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonObject;
  return rest;
}
