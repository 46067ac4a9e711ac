import { limits } from '@sedge/protocol/core';

/** How much an ONNX file may hold. Memory that it asks for while it runs is capped by the host. */
export interface OnnxLimits {
  readonly fileBytesMax: number;
  /** In the graph and all graphs inside it. */
  readonly nodesMax: number;
  readonly tensorsMax: number;
  /** That one tensor may claim; protobuf has no longer messages. */
  readonly tensorBytesMax: number;
}

export const DEFAULT_ONNX_LIMITS: OnnxLimits = {
  fileBytesMax: limits.blobBytesMax,
  nodesMax: 100_000,
  tensorsMax: 100_000,
  tensorBytesMax: 2 ** 31 - 1,
};
