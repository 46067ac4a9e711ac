import {
  envelope,
  fromUtf8,
  isErrorCode,
  limits,
  SedgeError,
  signedModel,
  type Digest,
  type EnrolmentRequest,
  type Envelope,
  type ModelRef,
  type SignedModel,
} from '@sedge/protocol';
import { z } from 'zod';
import { readBody, type HttpExchange, type HttpResponse } from './http-exchange.ts';

const SILENCE_MS = 10_000;
const CLOCK_SILENCE_MS = 3_000;

/** The fields of an RFC 9457 problem that we act on. */
const problem = z.object({ code: z.string(), detail: z.string().optional() });

/** Content from a byte on; `from` is 0 when the coordinator did not heed the range. */
export interface BlobAnswer {
  readonly from: number;
  readonly body: HttpResponse['body'];
}

/** The coordinator's HTTP door, as far as agents use it. */
export class CoordinatorDoor {
  readonly #exchange: HttpExchange;

  constructor(exchange: HttpExchange) {
    this.#exchange = exchange;
  }

  /** Throws COORDINATOR_UNREACHABLE, ENVELOPE_MALFORMED, and the code that the coordinator answers with. */
  async enrol(url: string, request: EnrolmentRequest): Promise<Envelope> {
    const response = await this.#exchange({
      method: 'POST',
      url: address(url, '/api/v1/enrol'),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
      silenceMs: SILENCE_MS,
    });
    return jsonOf(response, 201, envelope);
  }

  /** The coordinator's clock, to the second. Throws COORDINATOR_UNREACHABLE. */
  async date(url: string): Promise<number> {
    const response = await this.#exchange({
      method: 'HEAD',
      url: address(url, '/healthz'),
      silenceMs: CLOCK_SILENCE_MS,
    });
    response.body.destroy();
    const time = Date.parse(String(response.headers['date'] ?? ''));
    if (Number.isNaN(time)) throw new SedgeError('COORDINATOR_UNREACHABLE', `${url} does not tell the time`);
    return time;
  }

  /** Throws COORDINATOR_UNREACHABLE, MODEL_NOT_FOUND. */
  async manifest(url: string, token: string, { name, version }: ModelRef): Promise<SignedModel> {
    const response = await this.#exchange({
      method: 'GET',
      url: address(url, `/api/v1/models/${name}/versions/${version}/manifest`),
      headers: { authorization: `Bearer ${token}` },
      silenceMs: SILENCE_MS,
    });
    return jsonOf(response, 200, signedModel);
  }

  /** Throws COORDINATOR_UNREACHABLE, BLOB_NOT_FOUND. */
  async blob(url: string, token: string, digest: Digest, from: number, signal: AbortSignal): Promise<BlobAnswer> {
    const response = await this.#exchange({
      method: 'GET',
      url: address(url, `/api/v1/blobs/${digest}`),
      headers: { authorization: `Bearer ${token}`, ...(from > 0 && { range: `bytes=${from}-` }) },
      silenceMs: SILENCE_MS,
      signal,
    });
    if (response.status === 206) return { from: rangeStart(response), body: response.body };
    if (response.status === 200) return { from: 0, body: response.body };
    throw await refusal(response);
  }
}

function address(base: string, path: string): string {
  return `${base.replace(/\/+$/, '')}${path}`;
}

function rangeStart(response: HttpResponse): number {
  const start = /^bytes (\d+)-/.exec(String(response.headers['content-range'] ?? ''))?.[1];
  if (start !== undefined) return Number(start);
  response.body.destroy();
  throw new SedgeError('COORDINATOR_UNREACHABLE', 'a partial answer without its place');
}

async function jsonOf<Answer>(response: HttpResponse, status: number, schema: z.ZodType<Answer>): Promise<Answer> {
  if (response.status !== status) throw await refusal(response);
  const parsed = schema.safeParse(parsedJson(await readBody(response, 2 * limits.manifestBytesMax)));
  if (parsed.success) return parsed.data;
  throw new SedgeError('COORDINATOR_UNREACHABLE', 'the answer is not what a coordinator says', { cause: parsed.error });
}

/** The coordinator's own code where it gives one; whatever else answers is no coordinator. */
async function refusal(response: HttpResponse): Promise<SedgeError> {
  const parsed = problem.safeParse(parsedJson(await readBody(response, limits.manifestBytesMax)));
  if (parsed.success && isErrorCode(parsed.data.code)) {
    const { code, detail } = parsed.data;
    return new SedgeError(code, detail ?? 'said by the coordinator', { expose: detail !== undefined });
  }
  return new SedgeError('COORDINATOR_UNREACHABLE', `HTTP status ${response.status}`, { expose: true });
}

function parsedJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes));
  } catch {
    // What is no JSON fits no schema either, and the caller says which one was expected.
    return undefined;
  }
}
