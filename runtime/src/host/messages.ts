import type { ErrorCode, Tensor } from '@sedge/protocol/core';
import type { LogLevel } from '@sedge/kit';
import type { ProbeRequest, ProbeResult } from '../choice/probe-session.ts';
import type { ModelMetadata, ModelFiles, TrainingConfig, TrainingOutcome, TrainingProgress } from '../engine.ts';
import type { ModelInspection } from '../training/inspection.ts';

/** What a training starts from. */
export interface TrainingJob {
  readonly files: ModelFiles;
  readonly weights: readonly Tensor[];
  readonly examples: readonly Tensor[];
  readonly config: TrainingConfig;
  /** Goes on from here, with the same weights, examples and settings as then. */
  readonly checkpoint?: readonly Tensor[];
}

/** What the parent asks of its guest, by operation. One request is under way at a time. */
interface Operations {
  readonly open: {
    readonly request: { readonly model: string; readonly files: ModelFiles };
    readonly result: ModelMetadata;
  };
  readonly run: {
    readonly request: { readonly model: string; readonly functionName: string; readonly inputs: readonly Tensor[] };
    readonly result: Tensor[];
  };
  /** Measures an open model; see choice/. */
  readonly probe: { readonly request: { readonly model: string } & ProbeRequest; readonly result: ProbeResult };
  /** Looks into a model that need not be open. */
  readonly inspect: { readonly request: { readonly files: ModelFiles }; readonly result: ModelInspection };
  readonly parameters: {
    readonly request: { readonly files: ModelFiles; readonly patterns?: readonly string[] };
    readonly result: readonly Tensor[];
  };
  readonly close: { readonly request: { readonly model: string }; readonly result: undefined };
  readonly trainBegin: { readonly request: TrainingJob; readonly result: undefined };
  readonly trainStep: { readonly request: { readonly maxSteps: number }; readonly result: TrainingProgress };
  readonly trainCheckpoint: { readonly request: object; readonly result: readonly Tensor[] };
  readonly trainFinish: { readonly request: object; readonly result: TrainingOutcome };
  /** Drops a training, finished or not. */
  readonly trainEnd: { readonly request: object; readonly result: undefined };
}

export type Operation = keyof Operations;
export type RequestOf<Op extends Operation> = Operations[Op]['request'];
export type ResultOf<Op extends Operation> = Operations[Op]['result'];

export type HostRequest = { [Op in Operation]: { readonly op: Op; readonly body: RequestOf<Op> } }[Operation];
export type NumberedRequest = HostRequest & { readonly id: number };

export type HostReply =
  /** The guest has begun: nothing that it does from here on is the fault of its start. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly id: number; readonly value: ResultOf<Operation> }
  | {
      readonly kind: 'failure';
      readonly id: number;
      readonly code: ErrorCode;
      readonly detail: string;
      readonly exposed: boolean;
    }
  | { readonly kind: 'log'; readonly model: string; readonly level: LogLevel; readonly message: string };
