import type { z } from 'zod';
import type { PayloadKind } from '../envelope.ts';

/** The `{names}` in a path template. */
export type ParameterOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParameterOf<Rest>
  : never;

export type Parameters<Path extends string> = { readonly [Name in ParameterOf<Path>]: string };

/** How the payload of a channel is written. */
export type Payload =
  | { readonly kind: 'json'; readonly schema: z.ZodType }
  | { readonly kind: 'signed'; readonly inner: PayloadKind<unknown> }
  | { readonly kind: 'chunks'; readonly of: 'tensor frame' | 'bytes'; readonly head?: z.ZodType };

export interface Channel<Path extends string = string, Body extends Payload = Payload> {
  /** What follows the node's prefix. The first level is the direction: `up` from the node, `down` to it. */
  readonly path: Path;
  readonly qos: 0 | 1;
  readonly retain: boolean;
  readonly payload: Body;
  readonly summary: string;
}

/** Declares one channel; topic, type, decoder and the AsyncAPI document derive from it. */
export function channel<const Path extends `${'up' | 'down'}/${string}`, Body extends Payload>(
  declaration: Omit<Channel<Path, Body>, 'retain'> & { readonly retain?: boolean },
): Channel<Path, Body> {
  return { retain: false, ...declaration };
}

export function json<Schema extends z.ZodType>(schema: Schema): { kind: 'json'; schema: Schema } {
  return { kind: 'json', schema };
}

/** JSON in an envelope that the coordinator signed. */
export function signed<Body>(inner: PayloadKind<Body>): { kind: 'signed'; inner: PayloadKind<Body> } {
  return { kind: 'signed', inner };
}

/** A stream of chunk frames; together they are a tensor frame with the given head. */
export function tensorFrames<Head extends z.ZodType>(head: Head): { kind: 'chunks'; of: 'tensor frame'; head: Head } {
  return { kind: 'chunks', of: 'tensor frame', head };
}

/** A stream of chunk frames; together they are the bytes of a blob. */
export function byteFrames(): { kind: 'chunks'; of: 'bytes' } {
  return { kind: 'chunks', of: 'bytes' };
}

/** The value that a JSON or signed channel carries. */
export type BodyOf<Declared> =
  Declared extends Channel<string, { kind: 'json'; schema: infer Schema extends z.ZodType }>
    ? z.infer<Schema>
    : Declared extends Channel<string, { kind: 'signed'; inner: PayloadKind<infer Body> }>
      ? Body
      : never;
