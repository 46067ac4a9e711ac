import { z } from 'zod';

/** The part of JSON Schema that settings use. */
interface Shape {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Shape[];
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly format?: string;
  readonly pattern?: string;
  readonly items?: Shape;
}

/** What a schema takes, in words that follow "it must be". A `.describe(…)` on the schema goes before all else. */
export function describeSchema(schema: z.ZodType): string {
  return describe(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Shape);
}

function describe(shape: Shape): string {
  if (shape.description !== undefined) return shape.description;
  if (shape.enum !== undefined) return `one of ${shape.enum.join(', ')}`;
  if (shape.const !== undefined) return JSON.stringify(shape.const);
  if (shape.anyOf !== undefined) return shape.anyOf.map(describe).join(' or ');
  switch (shape.type ?? 'any') {
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `an integer${range(shape)}`;
    case 'number':
      return `a number${range(shape)}`;
    case 'string':
      return describeText(shape);
    case 'array':
      return `a list like [a, b], each ${describe(shape.items ?? {})}`;
    default:
      return 'a value of another kind';
  }
}

function describeText({ format, pattern, minLength, maxLength }: Shape): string {
  if (format !== undefined && format !== 'regex') return `text that is a valid ${format}`;
  if (pattern !== undefined) return `text that matches ${pattern}`;
  const [least, most] = [minLength ?? 0, maxLength];
  if (most !== undefined) return `text of ${least} to ${most} characters`;
  return least > 0 ? `text of at least ${least} characters` : 'text';
}

function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Shape): string {
  const bounds = [
    isBound(minimum) ? `from ${minimum}` : '',
    exclusiveMinimum === undefined ? '' : `above ${exclusiveMinimum}`,
    isBound(maximum) ? `to ${maximum}` : '',
    exclusiveMaximum === undefined ? '' : `below ${exclusiveMaximum}`,
  ].filter((words) => words !== '');
  return bounds.length === 0 ? '' : ` ${bounds.join(' ')}`;
}

/** An integer schema without limits of its own carries those of safe integers, which say nothing to people. */
function isBound(value: number | undefined): boolean {
  return value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;
}
