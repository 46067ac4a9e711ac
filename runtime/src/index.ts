export { type AvailableEngine, availableEngines } from './choice/available-engines.ts';
export { type ChooseOptions, EngineChooser, type EngineChooserOptions } from './choice/engine-chooser.ts';
export type { TrialBudgets, TrialHost } from './choice/trial.ts';
export type {
  ContentFile,
  Engine,
  Metric,
  ModelMetadata,
  ModelContent,
  ModelFiles,
  OptimizerChoice,
  Session,
  SessionTraining,
  TrainingConfig,
  TrainingOutcome,
  TrainingProgress,
} from './engine.ts';
export {
  evaluateClassifier,
  PROBABILITY_MIN,
  type Evaluation,
  type EvaluationOptions,
  type LabelledExamples,
} from './evaluate.ts';
export { evaluateValues, type MeasuredExamples, type ValueErrors } from './evaluate-values.ts';
export { fitFeatures } from './fit-features.ts';
export { exportMlpOnnx, type MlpExport } from './export-onnx.ts';
export { HostGroups, type HostGroupsOptions, type HostKind, type StartHost } from './host/host-groups.ts';
export { hostStarter, type HostStarterOptions } from './host/host-starter.ts';
export type { CheckpointOptions } from './host/drive-training.ts';
export type { TrainingJob } from './host/messages.ts';
export type { CallOptions, ModelHost, ModelHostOptions, TrainingOptions } from './host/model-host.ts';
export { PauseGate } from './host/pause-gate.ts';
export { LOW_MEMORY } from './host/low-memory.ts';
export { HOST_MEMORY_BYTES, startProcessHost, type ProcessHostOptions } from './host/process-host.ts';
export { Quarantine, type QuarantineEntry, type QuarantineOptions } from './host/quarantine.ts';
export { startWorkerHost } from './host/worker-host.ts';
export { checkOnnx, type OnnxSummary } from './onnx-check/check-onnx.ts';
export { ExampleOrder } from './reference/example-order.ts';
export {
  classify,
  trainPerceptron,
  type DenseLayer,
  type PerceptronExamples,
  type PerceptronTraining,
} from './reference/perceptron.ts';
export type { BlockingReason, ModelInspection, OperatorCount, TrainableReport } from './training/inspection.ts';
export { publishedInspection } from './training/published-inspection.ts';
export { DEFAULT_CAPS, type GrowthCaps } from './wasm/growth-caps.ts';
export { growthDemand, type GrowthDemand, type GrowthRange } from './wasm/growth-demand.ts';
export { inspectComponent, type ComponentReport, type StepReport } from './wasm/inspect-component.ts';
export { initialMlpWeights, mlpParameters } from './weights.ts';
