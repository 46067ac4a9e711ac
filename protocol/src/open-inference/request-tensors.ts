import type { SedgeError } from '../errors.ts';
import type { FunctionSpec } from '../model.ts';
import type { InferRequest } from '../routes/open-inference.ts';
import { checkTensor, ELEMENT_BYTES, elementCount, type Tensor, type TensorSpec } from '../tensor.ts';
import type { ParsedBody } from './body.ts';
import { elementsFromJson } from './elements.ts';
import { mismatch } from './refusal.ts';

type WireInput = InferRequest['inputs'][number];

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
    throw mismatch((cause as SedgeError).detail, cause);
  }
  return tensor;
}

function binarySize({ name, parameters, data }: WireInput): number | undefined {
  const sizeBytes: unknown = parameters?.['binary_data_size'];
  if (sizeBytes === undefined) return undefined;
  if (data !== undefined) throw mismatch(`${name} has both data and binary_data_size`);
  if (typeof sizeBytes !== 'number' || !Number.isInteger(sizeBytes) || sizeBytes < 0) {
    throw mismatch(`binary_data_size of ${name} is ${JSON.stringify(sizeBytes)}`);
  }
  return sizeBytes;
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
