export type {
  Engine,
  Metric,
  ModelDescription,
  ModelFiles,
  Session,
  SessionTraining,
  TrainingConfig,
  TrainingOutcome,
  TrainingProgress,
} from './engine.ts';
export type { TrainingJob } from './host/messages.ts';
export type { CallOptions, ModelHost, ModelHostOptions, TrainingOptions } from './host/model-host.ts';
export { startProcessHost } from './host/process-host.ts';
export { startWorkerHost } from './host/worker-host.ts';
export { ExampleOrder } from './reference/example-order.ts';
export {
  classify,
  trainPerceptron,
  type DenseLayer,
  type PerceptronExamples,
  type PerceptronTraining,
} from './reference/perceptron.ts';
