import { readBody } from '@sedge/kit';
import { limits, SedgeError, type Tensor } from '@sedge/protocol';
import {
  ALL_BINARY,
  askedOf,
  encodeAnswer,
  JSON_LENGTH_HEADER,
  parseBody,
  rawInput,
  requestTensors,
  type EncodedAnswer,
  type InferRequest,
} from '@sedge/protocol/open-inference';
import type { ReadyModel } from '../models/loaded-model.ts';
import type { Admission } from './admission.ts';
import { functionOf } from './served-models.ts';

/** A request, understood. */
interface Asked {
  readonly request: InferRequest;
  readonly function: string;
  readonly inputs: readonly Tensor[];
  readonly timeoutMs: number;
}

/**
 * Asks a model with the body of a request. Throws what is wrong with the body, QUEUE_FULL, FUNCTION_NOT_FOUND, and what
 * the model throws.
 */
export async function inferLocally(
  { manifest, model }: ReadyModel,
  request: Request,
  admission: Admission,
): Promise<EncodedAnswer> {
  using _place = admission.enter(announcedBytes(request));
  const body = await readBody(request, limits.inferBodyBytesMax);
  const asked = understand(body, request.headers.get(JSON_LENGTH_HEADER) ?? undefined, { manifest });
  const { outputs, queueMs, computeMs } = await model.infer(asked.function, asked.inputs, {
    timeoutMs: Math.min(asked.timeoutMs, limits.inferTimeoutMsMax),
    signal: request.signal,
  });
  const parameters = { engine: model.engine, queue_ms: queueMs, compute_ms: computeMs };
  return encodeAnswer(asked.request, { model: manifest, outputs, parameters });
}

function understand(
  body: Uint8Array,
  jsonLength: string | undefined,
  { manifest }: Pick<ReadyModel, 'manifest'>,
): Asked {
  if (jsonLength === '0') {
    const spec = functionOf(manifest, undefined);
    const inputs = rawInput(body, spec);
    return { request: ALL_BINARY, function: spec.name, inputs, timeoutMs: limits.inferTimeoutMs };
  }
  const parsed = parseBody(body, jsonLength);
  const { function: name, timeoutMs = limits.inferTimeoutMs } = askedOf(parsed.request);
  const { name: found } = functionOf(manifest, name);
  return { request: parsed.request, function: found, inputs: requestTensors(parsed), timeoutMs };
}

/** What a body may come to; one that does not say is taken for the longest. Throws PAYLOAD_TOO_LARGE. */
function announcedBytes({ headers }: Request): number {
  const announced = Number(headers.get('content-length') ?? limits.inferBodyBytesMax);
  if (announced <= limits.inferBodyBytesMax) return announced;
  throw new SedgeError('PAYLOAD_TOO_LARGE', `at most ${limits.inferBodyBytesMax} bytes`, { expose: true });
}
