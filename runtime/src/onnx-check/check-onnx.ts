import { decodeModel, OnnxError, type OnnxErrorCode, type OnnxModel } from '@sedge/autodiff/files';
import { type ErrorCode, SedgeError } from '@sedge/protocol/core';
import { checkSignature } from './check-signature.ts';
import { checkTensor } from './check-tensor.ts';
import { checkDomain, checkKnownFields } from './check-features.ts';
import { contentsOf } from './graph-contents.ts';
import { DEFAULT_ONNX_LIMITS, type OnnxLimits } from './onnx-limits.ts';
import { refused } from './refused.ts';

/** What a file holds, subgraphs included. */
export interface OnnxSummary {
  readonly irVersion: number;
  readonly nodes: number;
  readonly tensors: number;
  readonly tensorBytes: number;
}

/**
 * Reads an ONNX file before an engine does, without copying its tensors. Throws ONNX_MALFORMED, ONNX_EXTERNAL_DATA,
 * ONNX_LIMIT_EXCEEDED for a file that claims more than is there or allowed, and ONNX_OPERATOR_UNKNOWN for features
 * that no engine here has.
 */
export function checkOnnx(file: Uint8Array, given: Partial<OnnxLimits> = {}): OnnxSummary {
  const limits = { ...DEFAULT_ONNX_LIMITS, ...given };
  const model = readModel(file, limits);
  // The specification asks for one; without it every engine would read the operators as it likes (onnx/docs/IR.md).
  if (model.opsetImports.length === 0) throw refused('ONNX_MALFORMED', 'it names no set of operators (opset_import)');
  checkKnownFields(model);
  const { nodes, tensors } = contentsOf(model.graph, limits);
  for (const node of nodes) checkDomain(node);
  checkSignature(model.graph);
  const tensorBytes = tensors.reduce((sum, tensor) => sum + checkTensor(tensor, limits), 0);
  return { irVersion: model.irVersion, nodes: nodes.length, tensors: tensors.length, tensorBytes };
}

const CODES: Readonly<Partial<Record<OnnxErrorCode, ErrorCode>>> = {
  TOO_LARGE: 'ONNX_LIMIT_EXCEEDED',
  TOO_DEEP: 'ONNX_LIMIT_EXCEEDED',
  EXTERNAL_DATA: 'ONNX_EXTERNAL_DATA',
};

function readModel(file: Uint8Array, { fileBytesMax }: OnnxLimits): OnnxModel {
  if (file.byteLength === 0) throw refused('ONNX_MALFORMED', 'the file is empty');
  try {
    return decodeModel(file, { bytesMax: fileBytesMax });
  } catch (cause) {
    if (!(cause instanceof OnnxError)) throw cause;
    throw new SedgeError(CODES[cause.code] ?? 'ONNX_MALFORMED', cause.message, { cause, expose: true });
  }
}
