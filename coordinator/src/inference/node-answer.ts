import {
  decodeTensorFrame,
  inferResponseHead,
  isErrorCode,
  type ModelRef,
  type NodeId,
  SedgeError,
  type Tensor,
} from '@sedge/protocol';

export interface InferenceAnswer {
  readonly model: ModelRef;
  readonly outputs: readonly Tensor[];
  readonly node: NodeId;
  readonly engine: string;
  /** Milliseconds in the node's queue, and in its engine. */
  readonly queueMs: number;
  readonly computeMs: number;
}

/** Reads the tensor frame of a node's answer. Throws the error that it carries, and MODEL_FAILED for a damaged one. */
export function readAnswer(bytes: Uint8Array, model: ModelRef, node: NodeId): InferenceAnswer {
  const { head, tensors } = decodeAnswer(bytes, node);
  if (head.ok) {
    return { model, outputs: tensors, node, engine: head.engine, queueMs: head.queueMs, computeMs: head.computeMs };
  }
  const code = isErrorCode(head.code) ? head.code : 'MODEL_FAILED';
  throw new SedgeError(code, head.detail, { expose: true });
}

/** A frame that cannot be read is the node's fault, not the caller's, whatever code the decoder gives it. */
function decodeAnswer(bytes: Uint8Array, node: NodeId) {
  try {
    return decodeTensorFrame(bytes, inferResponseHead);
  } catch (cause) {
    throw new SedgeError('MODEL_FAILED', `${node} sent an answer that cannot be read`, { cause });
  }
}
