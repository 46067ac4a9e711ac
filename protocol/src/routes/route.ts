import type { z } from 'zod';
import type { Access } from '../access.ts';
import type { Parameters } from '../channels/channel.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';

/** A body or an answer, as it stands on the wire. */
export type Content =
  | { readonly kind: 'json'; readonly schema: z.ZodType }
  | { readonly kind: 'binary'; readonly mediaType: string }
  | { readonly kind: 'text'; readonly mediaType: string }
  | { readonly kind: 'events' }
  | { readonly kind: 'empty' };

export interface Route<
  Path extends string = string,
  Query extends z.ZodObject | undefined = z.ZodObject | undefined,
  Body extends Content | undefined = Content | undefined,
  Answer extends Content = Content,
> {
  readonly method: Method;
  /** With `{names}` for what varies, as OpenAPI writes it. */
  readonly path: Path;
  readonly access: Access;
  readonly tag: string;
  readonly summary: string;
  readonly query: Query;
  readonly body: Body;
  /** Status of success. */
  readonly status: number;
  readonly answer: Answer;
}

/** Declares one route; handler types, the client and the OpenAPI document derive from it. */
export function route<
  const Path extends string,
  Answer extends Content,
  Body extends Content | undefined = undefined,
  Query extends z.ZodObject | undefined = undefined,
>(declaration: {
  method: Method;
  path: Path;
  access: Access;
  tag: string;
  summary: string;
  answer: Answer;
  body?: Body;
  query?: Query;
  status?: number;
}): Route<Path, Query, Body, Answer> {
  const { body, query, status = 200, ...rest } = declaration;
  return { ...rest, status, body: body as Body, query: query as Query };
}

export function json<Schema extends z.ZodType>(schema: Schema): { kind: 'json'; schema: Schema } {
  return { kind: 'json', schema };
}

export const binary = { kind: 'binary', mediaType: 'application/octet-stream' } as const;
export const events = { kind: 'events' } as const;
export const empty = { kind: 'empty' } as const;

export function text<const MediaType extends string>(mediaType: MediaType): { kind: 'text'; mediaType: MediaType } {
  return { kind: 'text', mediaType };
}

/** What the handler or the client sends and gets, by declaration. */
export type PathOf<Declared> = Declared extends Route<infer Path> ? Parameters<Path> : never;
export type QueryOf<Declared> = Declared extends { query: infer Query extends z.ZodObject }
  ? z.infer<Query>
  : undefined;
export type QueryInputOf<Declared> = Declared extends { query: infer Query extends z.ZodObject }
  ? z.input<Query>
  : undefined;
export type BodyOf<Declared> = Declared extends { body: { kind: 'json'; schema: infer Schema extends z.ZodType } }
  ? z.infer<Schema>
  : undefined;
export type BodyInputOf<Declared> = Declared extends { body: { kind: 'json'; schema: infer Schema extends z.ZodType } }
  ? z.input<Schema>
  : undefined;
export type AnswerOf<Declared> = Declared extends { answer: { kind: 'json'; schema: infer Schema extends z.ZodType } }
  ? z.infer<Schema>
  : undefined;
