import { nearestName, SedgeError, type ErrorCode } from '@sedge/protocol';
import { z } from 'zod';

export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

/** Fields of a request that are not as declared; the list travels. */
export class RefusedFields extends SedgeError {
  readonly fields: readonly FieldProblem[];

  constructor(code: ErrorCode, fields: readonly FieldProblem[]) {
    super(code, fields.map(({ path, message }) => `${path}: ${message}`).join('; '), { expose: true });
    this.fields = fields;
  }
}

type Issue = z.core.$ZodIssue;
const FIELDS_TOLD_MAX = 20;

/** Reads what a person or a program sent. Throws UNKNOWN_FIELD with the nearest known name, or INVALID_FIELD. */
export function parseFields<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.flatMap(deepest);
  const unknown = issues.filter((issue) => issue.code === 'unrecognized_keys');
  const others = issues.filter((issue) => issue.code !== 'unrecognized_keys');
  const problems = [...unknown, ...others].flatMap((issue) => problemsOf(issue, schema)).slice(0, FIELDS_TOLD_MAX);
  throw new RefusedFields(unknown.length > 0 ? 'UNKNOWN_FIELD' : 'INVALID_FIELD', problems);
}

/** Of the branches of a union, what is wrong with the one that was most probably meant: the one that got furthest. */
function deepest(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const branches = issue.errors.map((errors) =>
    errors.flatMap(deepest).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })),
  );
  const depth = (branch: Issue[]): number => Math.max(0, ...branch.map(({ path }) => path.length));
  const [best] = branches.toSorted((left, right) => depth(right) - depth(left) || left.length - right.length);
  return best ?? [issue];
}

function problemsOf(issue: Issue, schema: z.ZodType): FieldProblem[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path.join('.') || '(body)', message: issue.message }];
  const known = namesIn(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  return issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: unknownWords(key, known) }));
}

function unknownWords(key: string, known: ReadonlySet<string>): string {
  const nearest = nearestName(key, known);
  return nearest === undefined ? 'is not known' : `is not known; did you mean "${nearest}"?`;
}

/** Every property name of a JSON Schema, at whatever depth. */
function namesIn(schema: unknown, found: Set<string> = new Set()): ReadonlySet<string> {
  if (typeof schema !== 'object' || schema === null) return found;
  const { properties } = schema as { properties?: object };
  for (const name of Object.keys(properties ?? {})) found.add(name);
  for (const part of Object.values(schema)) namesIn(part, found);
  return found;
}
