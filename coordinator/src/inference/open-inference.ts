import {
  checkTensor,
  ELEMENT_BYTES,
  elementCount,
  fromUtf8,
  type FunctionSpec,
  SedgeError,
  type Tensor,
  type TensorSpec,
  toUtf8,
} from '@sedge/protocol';
import { inferRequest, type InferRequest, type InferResponse } from '@sedge/protocol/routes';
import type { InferenceAnswer } from './node-answer.ts';
import { elementsFromJson, elementsToJson } from './element-codec.ts';

/** Where the JSON of a body ends and the bytes of tensors begin (Open Inference Protocol, binary tensor extension). */
export const JSON_LENGTH_HEADER = 'Inference-Header-Content-Length';

/** A request as it came: all of it JSON, or JSON and then the bytes of tensors. */
export interface ParsedBody {
  readonly request: InferRequest;
  /** What follows the JSON. */
  readonly binary: Uint8Array;
}

/** What a caller asked for beside the tensors. */
export interface Asked {
  readonly function: string | undefined;
  readonly timeoutMs: number | undefined;
}

type Parameters = InferRequest['parameters'];
type WireInput = InferRequest['inputs'][number];
type WireOutput = InferResponse['outputs'][number];

/** Reads a body. A JSON length of 0 is a raw tensor, see `rawInput`. Throws BAD_JSON, INVALID_FIELD, BAD_REQUEST. */
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
  throw new SedgeError('INVALID_FIELD', `${issue?.path.join('.')}: ${issue?.message}`, { expose: true });
}

/** The whole body as the one input of a function; one dimension may be open. Throws TENSOR_MISMATCH. */
export function rawInput(body: Uint8Array, { name: functionName, inputs }: FunctionSpec): Tensor[] {
  const [spec, ...more] = inputs;
  if (spec === undefined || more.length > 0 || spec.dataType === 'BYTES') {
    throw mismatch(`${functionName} does not take one tensor of numbers as a raw body`);
  }
  const { name, dataType } = spec;
  const tensor = { name, dataType, shape: rawShape(body.byteLength / ELEMENT_BYTES[dataType], spec), data: body };
  checkTensor(tensor);
  return [tensor];
}

/** The tensors of a request; the bytes of binary ones are used as they are. Throws TENSOR_MISMATCH. */
export function requestTensors({ request, binary }: ParsedBody): Tensor[] {
  let offset = 0;
  const tensors = request.inputs.map((input) => {
    const sizeBytes = binarySize(input);
    if (sizeBytes === undefined) return jsonTensor(input);
    if (offset + sizeBytes > binary.byteLength) throw mismatch(`${input.name} ends after the body`);
    const data = binary.subarray(offset, offset + sizeBytes);
    offset += sizeBytes;
    return tensorOf(input, data);
  });
  if (offset !== binary.byteLength) throw mismatch(`${binary.byteLength - offset} bytes follow the last tensor`);
  return tensors;
}

/** The function and the deadline; `timeout` is in microseconds, as Triton has it. Throws INVALID_FIELD. */
export function askedOf({ parameters }: InferRequest): Asked {
  const name = parameters?.['function'];
  const timeoutUs = parameters?.['timeout'];
  if (name !== undefined && typeof name !== 'string') throw invalid('parameters.function must be text');
  if (timeoutUs === undefined) return { function: name, timeoutMs: undefined };
  if (typeof timeoutUs !== 'number' || !(timeoutUs >= 1)) throw invalid('parameters.timeout must be microseconds');
  return { function: name, timeoutMs: Math.ceil(timeoutUs / 1000) };
}

export interface EncodedResponse {
  readonly body: Uint8Array<ArrayBuffer>;
  /** Length of the JSON where the bytes of tensors follow it. */
  readonly jsonBytes: number | undefined;
}

/** Writes an answer with the outputs, and in the form, that were asked for. Throws TENSOR_MISMATCH. */
export function encodeResponse(request: InferRequest, answer: InferenceAnswer): EncodedResponse {
  const outputs = chosenOutputs(request, answer.outputs);
  const binary: Uint8Array[] = [];
  const wire = outputs.map((tensor) => {
    if (!isBinary(request, tensor.name)) return wireOutput(tensor, { data: elementsToJson(tensor) });
    binary.push(tensor.data);
    return wireOutput(tensor, { parameters: { binary_data_size: tensor.data.byteLength } });
  });
  const json = toUtf8(JSON.stringify(responseOf(request, answer, wire)));
  if (binary.length === 0) return { body: json, jsonBytes: undefined };
  return { body: new Uint8Array(Buffer.concat([json, ...binary])), jsonBytes: json.byteLength };
}

/** For a caller that sent a raw tensor: everything comes back as bytes. */
export const ALL_BINARY: InferRequest = { inputs: [], parameters: { binary_data_output: true } };

function responseOf(request: InferRequest, answer: InferenceAnswer, outputs: WireOutput[]): InferResponse {
  const { model, node, engine, queueMs, computeMs } = answer;
  return {
    ...(request.id === undefined ? {} : { id: request.id }),
    model_name: model.name,
    model_version: String(model.version),
    parameters: { node, engine, queue_ms: queueMs, compute_ms: computeMs },
    outputs,
  };
}

function wireOutput(
  { name, dataType, shape }: Tensor,
  content: { readonly data: unknown[] } | { readonly parameters: { readonly binary_data_size: number } },
): WireOutput {
  return { name, datatype: dataType, shape: [...shape], ...content };
}

function chosenOutputs(request: InferRequest, outputs: readonly Tensor[]): readonly Tensor[] {
  return (
    request.outputs?.map(({ name }) => {
      const found = outputs.find((tensor) => tensor.name === name);
      if (found === undefined) throw mismatch(`the model has no output ${name}`);
      return found;
    }) ?? outputs
  );
}

/** What is said of one output goes before what is said of all. */
function isBinary(request: InferRequest, name: string): boolean {
  const own = request.outputs?.find((output) => output.name === name)?.parameters?.['binary_data'];
  return (own ?? request.parameters?.['binary_data_output']) === true;
}

function jsonTensor(input: WireInput): Tensor {
  const { name, datatype: dataType, shape, data } = input;
  if (data === undefined) throw mismatch(`${name} has neither data nor binary_data_size`);
  return tensorOf(input, elementsFromJson({ name, dataType, shape }, data));
}

function tensorOf({ name, datatype: dataType, shape }: WireInput, data: Uint8Array): Tensor {
  const tensor = { name, dataType, shape, data };
  try {
    checkTensor(tensor);
  } catch (cause) {
    throw new SedgeError('TENSOR_MISMATCH', (cause as SedgeError).detail, { cause, expose: true });
  }
  return tensor;
}

function binarySize({ name, parameters, data }: WireInput): number | undefined {
  const sizeBytes = sizeParameter(parameters);
  if (sizeBytes === undefined) return undefined;
  if (data !== undefined) throw mismatch(`${name} has both data and binary_data_size`);
  if (typeof sizeBytes !== 'number' || !Number.isInteger(sizeBytes) || sizeBytes < 0) {
    throw mismatch(`binary_data_size of ${name} is ${JSON.stringify(sizeBytes)}`);
  }
  return sizeBytes;
}

function sizeParameter(parameters: Parameters): unknown {
  return parameters?.['binary_data_size'];
}

function rawShape(elements: number, { name, shape }: TensorSpec): number[] {
  const open = shape.filter((size) => size === -1).length;
  const fixed = elementCount(shape.filter((size) => size !== -1));
  const rest = elements / fixed;
  if (open > 1 || !Number.isInteger(rest) || (open === 0 && rest !== 1)) {
    throw mismatch(`a raw body of ${elements} elements does not fit ${name} [${shape.join(', ')}]`);
  }
  return shape.map((size) => (size === -1 ? rest : size));
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes));
  } catch (cause) {
    throw new SedgeError('BAD_JSON', 'the inference request is not JSON', { cause });
  }
}

function invalid(detail: string): SedgeError {
  return new SedgeError('INVALID_FIELD', detail, { expose: true });
}

function mismatch(detail: string): SedgeError {
  return new SedgeError('TENSOR_MISMATCH', detail, { expose: true });
}
