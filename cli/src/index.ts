export { Client, type CallInput, type CallOptions, type ClientOptions, type RawRequest } from './client.ts';
export { inferAsBytes, inferAsJson, type ModelChoice, type TensorAnswer } from './inference.ts';
export { describeModel } from './describe-model.ts';
export { formatOf, publishModel, type ModelContent, type ModelDescription } from './publish.ts';
export { openPublisherKey, readPublisherKey } from './publisher-key.ts';
export { roundHeading, roundRow, watchRun, type WatchOutput } from './run-watch.ts';
export { startRun, type StartRunContext } from './start-run.ts';
export { table } from './table.ts';
export { deploymentReady } from './wait-ready.ts';
