import type { FunctionSpec, ModelFormat, ParameterSpec } from '@sedge/protocol/core';

/** What a model file holds, told by a guest: nobody else reads the files of strangers. */
export interface ModelInspection {
  readonly format: ModelFormat;
  /** Of the file. */
  readonly sizeBytes: number;
  readonly functions: readonly FunctionSpec[];
  /** Of an ONNX graph, the most frequent first; none of a component. */
  readonly operators: readonly OperatorCount[];
  /** The version of the standard operators that an ONNX file imports. */
  readonly opset?: number;
  /** Floating-point weights that the model carries, or that were given beside it. */
  readonly parameters: readonly ParameterSpec[];
  readonly trainable: TrainableReport;
}

export interface OperatorCount {
  /** With its domain in front, where that is not the standard one. */
  readonly operator: string;
  readonly count: number;
}

export type TrainableReport =
  | { readonly yes: true; readonly parameters: readonly ParameterSpec[] }
  | { readonly yes: false; readonly blocking: readonly BlockingReason[] };

export interface BlockingReason {
  readonly reason: string;
  /** The operator without a gradient, and its node; absent where another reason stands in the way. */
  readonly operator?: string;
  readonly node?: string;
}
