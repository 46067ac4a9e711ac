import { SedgeError } from '../errors.ts';
import { inferRequest, type InferRequest } from '../routes/open-inference.ts';
import { fromUtf8 } from '../text.ts';
import { invalid } from './refusal.ts';

/** Where the JSON of a body ends and the bytes of tensors begin (Open Inference Protocol, binary tensor extension). */
export const JSON_LENGTH_HEADER = 'Inference-Header-Content-Length';

/** A request as it came: all of it JSON, or JSON and then the bytes of tensors. */
export interface ParsedBody {
  readonly request: InferRequest;
  /** What follows the JSON. */
  readonly binary: Uint8Array;
}

/**
 * Reads a body as it is after its content encoding was undone: the JSON length counts unpacked bytes. A JSON length of
 * 0 is a raw tensor, see `rawInput`. Throws BAD_JSON, INVALID_FIELD, BAD_REQUEST.
 */
export function parseBody(body: Uint8Array, jsonLength: string | undefined): ParsedBody {
  const jsonBytes = jsonLength === undefined ? body.byteLength : Number(jsonLength);
  if (!Number.isInteger(jsonBytes) || jsonBytes < 0 || jsonBytes > body.byteLength || jsonLength === '') {
    throw new SedgeError('BAD_REQUEST', `${JSON_LENGTH_HEADER} is ${jsonLength} for ${body.byteLength} bytes`, {
      expose: true,
    });
  }
  const parsed = inferRequest.safeParse(parseJson(body.subarray(0, jsonBytes)));
  if (parsed.success) return { request: parsed.data, binary: body.subarray(jsonBytes) };
  const [issue] = parsed.error.issues;
  throw invalid(`${issue?.path.join('.')}: ${issue?.message}`);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes));
  } catch (cause) {
    throw new SedgeError('BAD_JSON', 'the inference request is not JSON', { cause });
  }
}
