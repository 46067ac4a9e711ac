import { limits, modelKey, type ModelName, type ModelRef, SedgeError, type TensorSpec } from '@sedge/protocol';
import type { AnswerOf, Routes } from '@sedge/protocol/routes';
import type { InferenceAnswer } from '../../inference/node-answer.ts';
import {
  ALL_BINARY,
  askedOf,
  encodeResponse,
  JSON_LENGTH_HEADER,
  parseBody,
  rawInput,
  requestTensors,
} from '../../inference/open-inference.ts';
import type { Call, Handlers, Reply } from '../handler.ts';
import { readBody } from '../read-body.ts';
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
    return respond(reply, encodeResponse(ALL_BINARY, await gateway.infer({ model, version, inputs, signal })));
  }
  const parsed = parseBody(body, jsonLength);
  const inputs = requestTensors(parsed);
  const answer: InferenceAnswer = await gateway.infer({ model, version, inputs, signal, ...askedOf(parsed.request) });
  return respond(reply, encodeResponse(parsed.request, answer));
}

function respond(reply: Reply, { body, jsonBytes }: ReturnType<typeof encodeResponse>): Response {
  const headers =
    jsonBytes === undefined
      ? { 'content-type': 'application/json' }
      : { 'content-type': 'application/octet-stream', [JSON_LENGTH_HEADER]: String(jsonBytes) };
  return reply(body, { headers });
}

function metadata(
  { models, gateway }: InferenceRooms,
  name: ModelName,
  version?: number,
): AnswerOf<Routes['modelMetadata']> {
  const { ref, spec } = gateway.resolve(name, version);
  const { versions } = models.get(name);
  return {
    name,
    versions: versions.map((published) => String(published.version)),
    platform: models.resolve(name, ref.version).manifest.format === 'onnx' ? 'onnx_onnxruntime' : 'sedge_component',
    inputs: spec.inputs.map(tensorMetadata),
    outputs: spec.outputs.map(tensorMetadata),
  };
}

function tensorMetadata({ name, dataType: datatype, shape }: TensorSpec) {
  return { name, datatype, shape: [...shape] };
}

function refuseUnready(ref: ModelRef, nodes: number): void {
  if (nodes > 0) return;
  throw new SedgeError('NO_NODE_READY', `${modelKey(ref)} is not ready on any connected node`, { expose: true });
}
