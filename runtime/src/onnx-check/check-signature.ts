import { DATA_TYPE, dataTypeName, type OnnxGraph, type OnnxValueInfo } from '@sedge/autodiff/files';
import { refused } from './refused.ts';

/** Inputs and outputs must be tensors of types that can be given and taken. */
export function checkSignature({ inputs, outputs }: OnnxGraph): void {
  if (outputs.length === 0) throw refused('ONNX_MALFORMED', 'the graph has no output');
  for (const value of inputs) checkValue(value, 'input');
  for (const value of outputs) checkValue(value, 'output');
}

function checkValue({ name, type }: OnnxValueInfo, role: string): void {
  const elemType = type?.tensorType?.elemType;
  // An output may leave its type to be found out, but not say that it is a sequence or a map.
  if (elemType === undefined && type?.unknownFields === undefined) return;
  if (elemType === undefined) throw refused('ONNX_OPERATOR_UNKNOWN', `the ${role} ${name} is no tensor`);
  if (elemType === DATA_TYPE.BFLOAT16) {
    throw refused(
      'ONNX_OPERATOR_UNKNOWN',
      `the ${role} ${name} is bfloat16, which ONNX Runtime does not take; use float16`,
    );
  }
  if (dataTypeName(elemType) === undefined) {
    throw refused(
      'ONNX_OPERATOR_UNKNOWN',
      `the ${role} ${name} has the element type ${elemType}, which is not known here`,
    );
  }
}
