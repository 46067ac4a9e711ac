export { copyBytes } from './bytes.ts';
export { ADMIN, CONTENT, ENGINEER, INFER, OPERATE, PUBLIC, READ, ROLES, type Access, type Role } from './access.ts';
export { digestOf, keyIdOf, toHex, type Crypto, type KeyPair } from './crypto.ts';
export {
  decodeEnrolmentToken,
  encodeEnrolmentToken,
  enrolment,
  ENROLMENT,
  enrolmentProof,
  enrolmentRequest,
  type Enrolment,
  type EnrolmentRequest,
  type EnrolmentToken,
} from './enrolment.ts';
export {
  envelope,
  openEnvelope,
  peekPayload,
  preAuthenticationEncoding,
  sealEnvelope,
  type Envelope,
  type Opened,
  type PayloadKind,
  type TrustedKeys,
} from './envelope.ts';
export {
  asSedgeError,
  errorCatalogue,
  isErrorCode,
  SedgeError,
  type ErrorCode,
  type Retry,
  type SedgeErrorOptions,
} from './errors.ts';
export { EVENT_KINDS, type EventKind } from './events.ts';
export {
  bootId,
  datasetName,
  deploymentId,
  digest,
  digestHex,
  digestHexOf,
  digestOfHex,
  keyId,
  modelName,
  modelVersion,
  nodeId,
  projectId,
  requestId,
  runId,
  shard,
  tokenId,
  type BootId,
  type Branded,
  type DatasetName,
  type DeploymentId,
  type Digest,
  type DigestHex,
  type KeyId,
  type ModelName,
  type NodeId,
  type ProjectId,
  type RequestId,
  type RunId,
  type Shard,
  type TokenId,
} from './ids.ts';
export { limits } from './limits.ts';
export {
  contentRef,
  functionSpec,
  lineage,
  engineName,
  ENGINE_NAMES,
  MODEL_FORMATS,
  modelInspection,
  modelKey,
  modelManifest,
  modelRef,
  parameterCount,
  parameterSpec,
  trainingObstacle,
  type ContentRef,
  type EngineName,
  type FunctionSpec,
  type ModelFormat,
  type ModelInspection,
  type ModelManifest,
  type ModelRef,
  type ParameterSpec,
  type TrainingObstacle,
} from './model.ts';
export { matchesPattern, selectParameters } from './name-pattern.ts';
export { editDistance, nearestName } from './nearest-name.ts';
export {
  cohortPlan,
  DERIVED_TRAINING_FIELDS,
  evaluationPlan,
  localPlan,
  LOSS_NAMES,
  optimizerPlan,
  privacyPlan,
  RUN_KINDS,
  runPlan,
  strategyPlan,
  type CohortPlan,
  type EvaluationPlan,
  type LocalPlan,
  type LossName,
  type OptimizerPlan,
  type PrivacyPlan,
  type RunKind,
  type RunPlan,
  type RunPlanInput,
  type StrategyPlan,
} from './plan.ts';
export { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
export {
  checkAgainstSpec,
  checkTensor,
  DATA_TYPES,
  ELEMENT_BYTES,
  elementCount,
  float32Tensor,
  float32Values,
  type DataType,
  type Tensor,
  type TensorSpec,
} from './tensor.ts';
export { dataType, tensorSpec } from './tensor-schema.ts';
export { namedWeights, weightVector } from './weights.ts';
export { fromBase64, fromBase64Url, fromUtf8, toBase64, toBase64Url, toUtf8 } from './text.ts';
export { issueNodeToken, verifyNodeToken, type NodeClaims } from './token.ts';
export {
  delegation,
  DELEGATION,
  MANIFEST,
  openSignedModel,
  openTrustedModel,
  publicKeyText,
  publisher,
  signedModel,
  trustedPublishers,
  type Delegation,
  type Publisher,
  type SignedModel,
  type TrustedModel,
} from './trust.ts';
export { clipToNorm, l2Norm } from './vector.ts';
export { ChunkAssembler, type Assembly } from './frames/assembler.ts';
export {
  CHUNK_HEADER_BYTES,
  chunkFrames,
  decodeChunk,
  encodeChunk,
  ENCODINGS,
  newStreamId,
  STREAM_ID_BYTES,
  type Chunk,
  type Encoding,
} from './frames/chunk.ts';
export { decodeTensorFrame, encodeTensorFrame, type TensorFrame } from './frames/tensor-frame.ts';
export { blobRefused, blobRequest, type BlobRefused, type BlobRequest } from './messages/blob.ts';
export {
  inferCancel,
  inferRequestHead,
  inferResponseHead,
  type InferCancel,
  type InferRequestHead,
  type InferResponseHead,
} from './messages/inference.ts';
export {
  birth,
  command,
  commandAccepted,
  commandRejected,
  heartbeat,
  engineChoice,
  engineProbe,
  heldDataset,
  MODEL_STATES,
  modelStatus,
  nodeState,
  pullProgress,
  resources,
  SHEDDING_REASONS,
  type Birth,
  type Command,
  type EngineChoice,
  type EngineProbe,
  type Heartbeat,
  type HeldDataset,
  type ModelStatus,
  type NodeState,
  type PullProgress,
  type Resources,
  type SheddingReason,
} from './messages/node.ts';
export {
  evaluationUpdate,
  roundAnswer,
  roundClosed,
  roundOffer,
  trainingProgress,
  updateAck,
  updateHead,
  type RoundAnswer,
  type RoundClosed,
  type RoundOffer,
  type TrainingProgressMessage,
  type UpdateAck,
  type UpdateHead,
} from './messages/training.ts';
export { desiredTwin, reportedTwin, type DesiredTwin, type ReportedTwin } from './messages/twin.ts';
export { type BodyOf, type Channel, type ParameterOf, type Parameters, type Payload } from './channels/channel.ts';
export { decodeJson, decodeSigned, encodeJson, encodeSigned } from './channels/codec.ts';
export { channels, COMMAND, DESIRED_TWIN, ROUND_OFFER, type ChannelName, type Channels } from './channels/table.ts';
export {
  addressOf,
  eventTopic,
  everyDownTopic,
  everyUpTopic,
  nodePrefix,
  parseTopic,
  shardOf,
  topicOf,
  type NodeAddress,
  type ParsedTopic,
} from './channels/topic.ts';
