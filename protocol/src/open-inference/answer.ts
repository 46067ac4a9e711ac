import { concatBytes } from '../bytes.ts';
import type { ModelRef } from '../model.ts';
import type { InferRequest, InferResponse } from '../routes/open-inference.ts';
import type { Tensor } from '../tensor.ts';
import { toUtf8 } from '../text.ts';
import { JSON_LENGTH_HEADER } from './body.ts';
import { elementsToJson } from './elements.ts';
import { mismatch } from './refusal.ts';

type WireOutput = InferResponse['outputs'][number];

/** What a model answered, and what is told of it beside. */
export interface InferAnswer {
  readonly model: ModelRef;
  readonly outputs: readonly Tensor[];
  readonly parameters: NonNullable<InferResponse['parameters']>;
}

export interface EncodedAnswer {
  readonly body: Uint8Array<ArrayBuffer>;
  /** Length of the JSON where the bytes of tensors follow it. */
  readonly jsonBytes: number | undefined;
}

/** For a caller that sent a raw tensor: everything comes back as bytes. */
export const ALL_BINARY: InferRequest = { inputs: [], parameters: { binary_data_output: true } };

/** Writes an answer with the outputs, and in the form, that were asked for. Throws TENSOR_MISMATCH. */
export function encodeAnswer(request: InferRequest, answer: InferAnswer): EncodedAnswer {
  const outputs = chosenOutputs(request, answer.outputs);
  const binary: Uint8Array[] = [];
  const wire = outputs.map((tensor) => {
    if (!isBinary(request, tensor.name)) return wireOutput(tensor, { data: elementsToJson(tensor) });
    binary.push(tensor.data);
    return wireOutput(tensor, { parameters: { binary_data_size: tensor.data.byteLength } });
  });
  const json = toUtf8(JSON.stringify(responseOf(request, answer, wire)));
  if (binary.length === 0) return { body: json, jsonBytes: undefined };
  return { body: concatBytes([json, ...binary]), jsonBytes: json.byteLength };
}

/** The headers that tell a client in which form an answer is. */
export function responseHeaders({ jsonBytes }: EncodedAnswer): Record<string, string> {
  if (jsonBytes === undefined) return { 'content-type': 'application/json' };
  return { 'content-type': 'application/octet-stream', [JSON_LENGTH_HEADER]: String(jsonBytes) };
}

function responseOf(request: InferRequest, answer: InferAnswer, outputs: WireOutput[]): InferResponse {
  const { model, parameters } = answer;
  return {
    ...(request.id === undefined ? {} : { id: request.id }),
    model_name: model.name,
    model_version: String(model.version),
    parameters,
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
