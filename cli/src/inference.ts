import { copyBytes, type DataType, type Tensor } from '@sedge/protocol';
import { inferResponse, routes, type InferRequest, type InferResponse } from '@sedge/protocol/routes';
import type { Client } from './client.ts';

export interface ModelChoice {
  readonly name: string;
  /** The newest ready one if nothing is said. */
  readonly version?: number | undefined;
}

export interface TensorAnswer {
  readonly outputs: readonly Tensor[];
  readonly response: InferResponse;
}

const HEADER_LENGTH = 'inference-header-content-length';

/** The request and the answer as JSON, values and all. */
export async function inferAsJson(
  client: Client,
  model: ModelChoice,
  body: InferRequest,
  signal?: AbortSignal,
): Promise<InferResponse> {
  const headers = { 'content-type': 'application/json' };
  const response = await sendTo(client, model, { body: JSON.stringify(body), headers, signal });
  return inferResponse.parse(await response.json());
}

/** Tensors as bytes both ways, by the binary extension of the Open Inference Protocol. */
export async function inferAsBytes(
  client: Client,
  model: ModelChoice,
  inputs: readonly Tensor[],
  signal?: AbortSignal,
): Promise<TensorAnswer> {
  const head = new TextEncoder().encode(JSON.stringify({ inputs: inputs.map(announced), parameters: ALL_BINARY }));
  const body = new Uint8Array(Buffer.concat([head, ...inputs.map(({ data }) => data)]));
  const headers = { 'content-type': 'application/octet-stream', [HEADER_LENGTH]: String(head.byteLength) };
  const response = await sendTo(client, model, { body, headers, signal });
  return tensorsOf(new Uint8Array(await response.arrayBuffer()), response.headers.get(HEADER_LENGTH));
}

const ALL_BINARY = { binary_data_output: true };

function sendTo(client: Client, { name, version }: ModelChoice, request: Parameters<Client['send']>[1]) {
  return version === undefined
    ? client.send(routes.infer, { ...request, path: { model: name } })
    : client.send(routes.inferVersion, { ...request, path: { model: name, version: String(version) } });
}

function announced({ name, dataType, shape, data }: Tensor): object {
  return { name, datatype: dataType, shape, parameters: { binary_data_size: data.byteLength } };
}

function tensorsOf(body: Uint8Array, headerLength: string | null): TensorAnswer {
  const bytesOfJson = headerLength === null ? body.byteLength : Number(headerLength);
  const json = new TextDecoder().decode(body.subarray(0, bytesOfJson));
  const response = inferResponse.parse(JSON.parse(json));
  let offset = bytesOfJson;
  const outputs = response.outputs.map(({ name, datatype, shape, parameters }) => {
    const sizeBytes = Number(parameters?.['binary_data_size'] ?? 0);
    const data = copyBytes(body, offset, offset + sizeBytes);
    offset += sizeBytes;
    return { name, dataType: datatype satisfies DataType, shape, data };
  });
  return { outputs, response };
}
