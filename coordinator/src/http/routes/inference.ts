import { readBody } from '@sedge/kit';
import { limits, modelKey, type ModelName, type ModelRef, SedgeError } from '@sedge/protocol';
import {
  ALL_BINARY,
  askedOf,
  encodeAnswer,
  type InferRequest,
  JSON_LENGTH_HEADER,
  type ModelMetadata,
  modelMetadataOf,
  parseBody,
  rawInput,
  requestTensors,
  responseHeaders,
} from '@sedge/protocol/open-inference';
import type { Routes } from '@sedge/protocol/routes';
import type { InferenceAnswer } from '../../inference/node-answer.ts';
import type { Call, Handlers, Reply } from '../handler.ts';
import type { HttpRooms } from '../rooms.ts';
import { modelNameOf, modelRefOf } from './models.ts';

type InferenceRooms = Pick<HttpRooms, 'gateway' | 'models' | 'fleet' | 'isReady' | 'info'>;
type InferenceRoutes = Pick<
  Handlers,
  | 'serverMetadata'
  | 'serverLive'
  | 'serverReady'
  | 'modelMetadata'
  | 'versionMetadata'
  | 'modelReady'
  | 'versionReady'
  | 'infer'
  | 'inferVersion'
>;

/** The Open Inference Protocol v2. */
export function inferenceRoutes(rooms: InferenceRooms): InferenceRoutes {
  const { fleet, gateway, info, isReady } = rooms;
  return {
    serverMetadata: () => ({ name: 'sedge', version: info().version, extensions: ['binary_tensor_data'] }),
    serverLive: () => undefined,
    serverReady: () => {
      if (!isReady()) throw new SedgeError('STOPPING', 'not every part is open');
    },
    modelMetadata: ({ path }) => metadata(rooms, modelNameOf(path)),
    versionMetadata: ({ path }) => {
      const { name, version } = modelRefOf(path);
      return metadata(rooms, name, version);
    },
    modelReady: ({ path }) => {
      const { ref } = gateway.resolve(modelNameOf(path));
      refuseUnready(ref, fleet.countReady(ref));
    },
    versionReady: ({ path }) => {
      const { ref } = rooms.models.resolve(modelRefOf(path).name, modelRefOf(path).version);
      refuseUnready(ref, fleet.countReady(ref));
    },
    infer: { raw: (call) => infer(rooms, call, modelNameOf(call.path)) },
    inferVersion: {
      raw: (call) => {
        const { name, version } = modelRefOf(call.path);
        return infer(rooms, call, name, version);
      },
    },
  };
}

/** Some clients send neither a content type nor an accepted one: what the body is stands in its own header. */
async function infer(
  { gateway }: InferenceRooms,
  { request, reply }: Pick<Call<Routes['infer']>, 'request' | 'reply'>,
  model: ModelName,
  version?: number,
): Promise<Response> {
  const body = await readBody(request, limits.inferBodyBytesMax);
  const jsonLength = request.headers.get(JSON_LENGTH_HEADER) ?? undefined;
  const { signal } = request;
  if (jsonLength === '0') {
    const inputs = rawInput(body, gateway.resolve(model, version).spec);
    return respond(reply, ALL_BINARY, await gateway.infer({ model, version, inputs, signal }));
  }
  const parsed = parseBody(body, jsonLength);
  const inputs = requestTensors(parsed);
  const answer = await gateway.infer({ model, version, inputs, signal, ...askedOf(parsed.request) });
  return respond(reply, parsed.request, answer);
}

function respond(
  reply: Reply,
  request: InferRequest,
  { model, outputs, node, engine, queueMs, computeMs }: InferenceAnswer,
): Response {
  const parameters = { node, engine, queue_ms: queueMs, compute_ms: computeMs };
  const encoded = encodeAnswer(request, { model, outputs, parameters });
  return reply(encoded.body, { headers: responseHeaders(encoded) });
}

function metadata({ models, gateway }: InferenceRooms, name: ModelName, version?: number): ModelMetadata {
  const { ref, spec } = gateway.resolve(name, version);
  const versions = models.get(name).versions.map((published) => published.version);
  const { format } = models.resolve(name, ref.version).manifest;
  return modelMetadataOf({ name, versions, format, spec });
}

function refuseUnready(ref: ModelRef, nodes: number): void {
  if (nodes > 0) return;
  throw new SedgeError('NO_NODE_READY', `${modelKey(ref)} is not ready on any connected node`, { expose: true });
}
