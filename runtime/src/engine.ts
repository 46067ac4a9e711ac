import type { LossName, OptimizerSettings } from '@sedge/autodiff';
import type { Digest, EngineName, FunctionSpec, ModelFormat, Tensor } from '@sedge/protocol/core';

/** Content that lies on disk: the host itself reads it and compares its digest, so that it passes through no other process. */
export interface ContentFile {
  readonly path: string;
  readonly digest: Digest;
}

/** What a node holds of one version of a model, after its signature was checked. */
export interface ModelFiles {
  readonly format: ModelFormat;
  readonly artifact: Uint8Array | ContentFile;
  /** Named weights, or a safetensors file of them; absent for a model that carries its own. */
  readonly weights?: readonly Tensor[] | ContentFile;
  /** The engine to open it with; the portable one of its format if nothing is said. */
  readonly engine?: EngineName;
  /** Execution provider of the engine, `cpu` if nothing is said. */
  readonly provider?: string;
}

/** The same, read and with its digests checked: what an engine opens. */
export interface ModelContent {
  readonly format: ModelFormat;
  readonly artifact: Uint8Array;
  readonly weights?: readonly Tensor[];
  readonly provider?: string;
}

export interface ModelMetadata {
  readonly engine: EngineName;
  readonly provider: string;
  readonly functions: readonly FunctionSpec[];
  /** Whether a component exports training. Of an ONNX file `inspect` tells: to find out may take longer than to open it. */
  readonly trainable?: boolean;
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
  /** What is made small; `auto`, if nothing is said, is the loss that belongs to the last activation of the model. */
  readonly loss?: LossName | 'auto';
  /** Plain SGD if nothing is said. */
  readonly optimizer?: OptimizerChoice;
  /** Patterns of names (`*` and `?`) of the given weights that are trained; all of them if nothing is said. */
  readonly trainable?: readonly string[];
  /** Features that are bytes are multiplied by this, 1 if nothing is said; floats are taken as they are. */
  readonly inputScale?: number;
  /** Dropout layers drop values, by masks from the seed; without it they let everything pass. */
  readonly dropout?: boolean;
}

/** FedProx and SCAFFOLD have settings of their own. */
export type OptimizerChoice = Omit<OptimizerSettings, 'proximal' | 'correction'>;

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
  /**
   * From a checkpoint it goes on, with the same weights, examples and settings as then. Throws TENSOR_MISMATCH for
   * weights, examples or settings that the model refuses, PLAN_INVALID, MODEL_NOT_TRAINABLE, TRAINING_TOO_LARGE.
   */
  begin(
    weights: readonly Tensor[],
    examples: readonly Tensor[],
    config: TrainingConfig,
    checkpoint?: readonly Tensor[],
  ): Promise<void>;
  /** At most so many mini-batches. Throws TRAINING_DIVERGED when the loss is no number any more. */
  step(maxSteps: number): Promise<TrainingProgress>;
  /** Where the training is: weights, what the optimizer keeps, and how far it came. */
  checkpoint?(): Promise<readonly Tensor[]>;
  finish(): Promise<TrainingOutcome>;
}

/** A model that was opened for training alone. */
export interface TrainingSession extends SessionTraining {
  close(): Promise<void>;
}

/** One opened model. Calls do not overlap. */
export interface Session {
  readonly metadata: ModelMetadata;
  /** The outputs, checked against what the model declares. */
  run(functionName: string, inputs: readonly Tensor[]): Promise<Tensor[]>;
  readonly training?: SessionTraining;
  close(): Promise<void>;
}

/** One of the things that run models: all behave alike to their caller. */
export interface Engine {
  readonly name: EngineName;
  /** Throws a code of its own for each step that fails; see the error reference. */
  open(content: ModelContent): Promise<Session>;
  /** Opens a model for training, without what serves it. Throws MODEL_NOT_TRAINABLE, and like `open`. */
  openTraining(content: ModelContent): Promise<TrainingSession>;
}
