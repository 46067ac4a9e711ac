import { OnnxError, type OnnxErrorCode } from '@sedge/autodiff';
import { type ErrorCode, SedgeError } from '@sedge/protocol/core';
import { refusalOfModel } from '../engines/onnx-errors.ts';

const CODES: Readonly<Record<Exclude<OnnxErrorCode, 'ENGINE_FAILED'>, ErrorCode>> = {
  TRUNCATED: 'ONNX_MALFORMED',
  MALFORMED: 'ONNX_MALFORMED',
  INVALID_GRAPH: 'ONNX_MALFORMED',
  TENSOR_MISMATCH: 'ONNX_MALFORMED',
  TOO_LARGE: 'ONNX_LIMIT_EXCEEDED',
  TOO_DEEP: 'ONNX_LIMIT_EXCEEDED',
  EXTERNAL_DATA: 'ONNX_EXTERNAL_DATA',
  UNSUPPORTED: 'MODEL_NOT_TRAINABLE',
  NOT_FINITE: 'MODEL_NOT_TRAINABLE',
  NOT_TRAINABLE: 'MODEL_NOT_TRAINABLE',
  NO_GRADIENT: 'MODEL_NOT_TRAINABLE',
  INVALID_SETTINGS: 'PLAN_INVALID',
};

const DETAIL_CHARACTERS_MAX = 1_000;

/** What autodiff says of a model, in terms of our catalogue; the words name the node and the reason, so they travel. */
export async function inOurTerms<Result>(work: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof OnnxError ? refusalOf(error) : error;
  }
}

function refusalOf(error: OnnxError): SedgeError {
  if (error.code === 'ENGINE_FAILED') return ofEngine(error);
  return new SedgeError(CODES[error.code], error.message.slice(0, DETAIL_CHARACTERS_MAX), {
    cause: error,
    expose: true,
  });
}

/** An engine that did not open or run the forward graph says why in its own code. */
function ofEngine({ cause }: OnnxError): SedgeError {
  return cause instanceof SedgeError ? cause : refusalOfModel(cause);
}
