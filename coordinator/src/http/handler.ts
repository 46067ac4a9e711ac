import type { AnswerOf, BodyOf, PathOf, QueryOf, RouteName, Routes } from '@sedge/protocol/routes';
import type { Principal } from '../access/principal.ts';

/** One request, checked against the declaration of its route. */
export interface Call<Declared> {
  readonly path: PathOf<Declared>;
  readonly query: QueryOf<Declared>;
  readonly body: BodyOf<Declared>;
  /** Nobody at a public route. */
  readonly principal: Principal | undefined;
  readonly request: Request;
  /** Makes an answer that is not JSON. */
  readonly reply: Reply;
}

export type Reply = (
  body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | string | null,
  options?: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> },
) => Response;

type Answered<Declared> = Declared extends { answer: { kind: 'json' } }
  ? AnswerOf<Declared>
  : Declared extends { answer: { kind: 'empty' } }
    ? void
    : Response;

export type Answering<Declared> = (call: Call<Declared>) => Answered<Declared> | Promise<Answered<Declared>>;

/** Reads the body and writes the answer by itself, where neither is plain JSON. */
export interface RawHandler<Declared> {
  readonly raw: (call: Omit<Call<Declared>, 'body'>) => Response | Promise<Response>;
}

export type Handler<Declared> = Answering<Declared> | RawHandler<Declared>;

/** A handler for every declared route: one that is missing does not compile. */
export type Handlers = { readonly [Name in RouteName]: Handler<Routes[Name]> };
