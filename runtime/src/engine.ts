import type { FunctionSpec, ModelFormat, Tensor } from '@sedge/protocol';

/** What a node holds of one version of a model, after digest and signature were checked. */
export interface ModelFiles {
  readonly format: ModelFormat;
  readonly artifact: Uint8Array;
  /** Named weights; absent for a model that carries its own. */
  readonly weights?: readonly Tensor[];
}

export interface ModelDescription {
  /** The engine that runs it: `onnx-web` or `component`. */
  readonly engine: string;
  readonly functions: readonly FunctionSpec[];
  readonly trainable: boolean;
}

export interface TrainingConfig {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Seeds the order of the examples; 64 bits. */
  readonly seed: bigint;
  /** FedProx: mu of the term mu/2 · |w − w0|², w0 being the weights at the begin; 0 for none. */
  readonly proximal: number;
  /** SCAFFOLD: added to every gradient; names and shapes of the weights. */
  readonly correction?: readonly Tensor[];
}

export interface TrainingProgress {
  readonly stepsDone: number;
  readonly stepsTotal: number;
  /** Examples trained on; one counts once per epoch. */
  readonly examplesSeen: number;
  /** Sum of the losses of these examples, each taken before its step. */
  readonly lossSum: number;
}

export interface Metric {
  readonly name: string;
  readonly value: number;
}

export interface TrainingOutcome {
  readonly weights: readonly Tensor[];
  readonly metrics: readonly Metric[];
}

/** Training that its caller drives, so that it can stop between any two steps. */
export interface SessionTraining {
  /** Throws TENSOR_MISMATCH for weights, examples or settings that the model refuses. */
  begin(weights: readonly Tensor[], examples: readonly Tensor[], config: TrainingConfig): Promise<void>;
  /** At most so many mini-batches. */
  step(maxSteps: number): Promise<TrainingProgress>;
  finish(): Promise<TrainingOutcome>;
}

/** One opened model. Calls do not overlap. */
export interface Session {
  readonly description: ModelDescription;
  /** The outputs, checked against what the model declares. */
  run(functionName: string, inputs: readonly Tensor[]): Promise<Tensor[]>;
  readonly training?: SessionTraining;
  close(): Promise<void>;
}

export interface Engine {
  readonly name: string;
  /** Throws MODEL_INVALID, MODEL_REFUSED or MODEL_LOAD_FAILED. */
  open(files: ModelFiles): Promise<Session>;
}
