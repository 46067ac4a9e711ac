import { z } from 'zod';
import { ROLES } from './access.ts';
import { datasetName, deploymentId, digest, keyId, modelName, modelVersion, nodeId, runId, tokenId } from './ids.ts';
import { birth, heldDataset, modelStatus, resources, SHEDDING_REASONS } from './messages/node.ts';
import { engineName, functionSpec, lineage, MODEL_FORMATS, modelInspection, modelRef, parameterSpec } from './model.ts';
import { trainingProgress } from './messages/training.ts';
import { runPlan } from './plan.ts';

/** What the REST door shows. Times are ISO 8601 in UTC. */
const time = z.iso.datetime();

export const NODE_STATUSES = ['enrolled', 'online', 'offline'] as const;

export const nodeView = z.object({
  id: nodeId,
  name: z.string(),
  /** `enrolled` until the first birth. */
  status: z.enum(NODE_STATUSES),
  labels: z.record(z.string(), z.string()),
  keyId,
  enrolledAt: time,
  lastSeenAt: time.optional(),
  agent: z.string().optional(),
  platform: birth.shape.platform.optional(),
  resources: resources.optional(),
  engines: birth.shape.engines,
  datasets: z.array(heldDataset),
  models: z.array(modelStatus),
  queue: z.object({ inference: z.int(), training: z.int() }).optional(),
  /** Why it takes no new work for now. */
  shedding: z.enum(SHEDDING_REASONS).optional(),
  twin: z.object({ desired: z.int(), reported: z.int().optional() }),
});
export type NodeView = z.infer<typeof nodeView>;

export const enrolmentTokenView = z.object({
  id: tokenId,
  createdAt: time,
  expiresAt: time,
  usedAt: time.optional(),
  node: nodeId.optional(),
});
export type EnrolmentTokenView = z.infer<typeof enrolmentTokenView>;

export const apiTokenView = z.object({
  id: tokenId,
  name: z.string(),
  roles: z.array(z.enum(ROLES)),
  createdAt: time,
  expiresAt: time.optional(),
});
export type ApiTokenView = z.infer<typeof apiTokenView>;

export const publisherView = z.object({ name: z.string(), keyId, publicKey: z.string(), addedAt: time });
export type PublisherView = z.infer<typeof publisherView>;

export const modelVersionView = z.object({
  name: modelName,
  version: modelVersion,
  format: z.enum(MODEL_FORMATS),
  artifact: z.object({ digest, sizeBytes: z.int() }),
  weights: z.object({ digest, sizeBytes: z.int() }).optional(),
  functions: z.array(functionSpec),
  parameters: z.array(parameterSpec).optional(),
  /** What the coordinator saw in the file when the version was published. */
  inspection: modelInspection.optional(),
  labels: z.array(z.string()).optional(),
  description: z.string().optional(),
  lineage: lineage.optional(),
  /** Who signed it, and whether a publisher delegated that. */
  signer: keyId,
  delegated: z.boolean(),
  publishedAt: time,
  /** Connected nodes on which it is ready. */
  readyNodes: z.int(),
});
export type ModelVersionView = z.infer<typeof modelVersionView>;

export const modelView = z.object({
  name: modelName,
  latest: modelVersion.optional(),
  /** The next version number that was never used. */
  nextVersion: modelVersion,
  versions: z.array(modelVersionView),
});
export type ModelView = z.infer<typeof modelView>;

/** Which nodes a deployment is for: all, the named ones, or those that carry every label. */
export const nodeSelector = z.union([
  z.literal('all'),
  z.strictObject({ nodes: z.array(z.string().min(1).max(100)).min(1).max(1_000) }),
  z.strictObject({ labels: z.record(z.string(), z.string()) }),
]);
export type NodeSelector = z.infer<typeof nodeSelector>;

export const deploymentView = z.object({
  id: deploymentId,
  model: modelRef,
  selector: nodeSelector,
  /** The engine that an operator chose; each node takes the one that does best there if there is none. */
  engine: engineName.optional(),
  createdAt: time,
  /** State of the version on each selected node. */
  nodes: z.array(z.object({ node: nodeId, name: z.string(), online: z.boolean(), status: modelStatus.optional() })),
});
export type DeploymentView = z.infer<typeof deploymentView>;

export const datasetView = z.object({
  name: datasetName,
  content: z.object({ digest, sizeBytes: z.int() }),
  examples: z.int(),
  featureShape: z.array(z.int()),
  classes: z.int(),
  addedAt: time,
});
export type DatasetView = z.infer<typeof datasetView>;

/** `publishing`: all rounds are held, the result is being published under its name. */
export const RUN_STATES = ['created', 'running', 'publishing', 'finished', 'stopped', 'failed'] as const;
export const ROUND_OUTCOMES = ['completed', 'abandoned'] as const;

/** One closed round, as history keeps it. */
export const roundView = z.object({
  round: z.int(),
  outcome: z.enum(ROUND_OUTCOMES),
  /** Nodes that were drawn, whose updates were folded, that declined, that were lost or late. */
  cohort: z.int(),
  updates: z.int(),
  declined: z.int(),
  missing: z.int(),
  weights: digest,
  /** On the data set of the plan's evaluation; loss is the mean cross-entropy in nats. */
  accuracy: z.number().optional(),
  loss: z.number().optional(),
  /** Rows that the figures are of, in an evaluation. */
  examples: z.int().optional(),
  /** Privacy spent so far, at the plan's delta. */
  epsilon: z.number().optional(),
  /** Why an abandoned round changed nothing, or why a completed one has no figures. */
  error: z.object({ code: z.string(), detail: z.string() }).optional(),
  seconds: z.number(),
  endedAt: time,
});
export type RoundView = z.infer<typeof roundView>;

export const runView = z.object({
  id: runId,
  state: z.enum(RUN_STATES),
  plan: runPlan,
  population: z.int(),
  round: z.int(),
  /** What the round in progress waits for. */
  progress: z.object({ cohort: z.int(), updates: z.int(), stage: z.string() }).optional(),
  /** How far the node of a local run is. */
  training: trainingProgress.omit({ attempt: true }).optional(),
  accuracy: z.number().optional(),
  loss: z.number().optional(),
  epsilon: z.number().optional(),
  /** Privacy that the whole plan will spend. */
  epsilonPlanned: z.number().optional(),
  /** The latest weights; absent until the run has started. */
  weights: digest.optional(),
  /** The version that the result was published as. */
  published: modelRef.optional(),
  /** Why the run failed, or why the result of a finished one could not be published. */
  error: z.object({ code: z.string(), detail: z.string() }).optional(),
  createdAt: time,
  endedAt: time.optional(),
});
export type RunView = z.infer<typeof runView>;

export const ledgerEntryView = z.object({
  index: z.int(),
  at: time,
  kind: z.string(),
  body: z.record(z.string(), z.unknown()),
  /** SHA-256 over the previous entry's hash and this entry's bytes. */
  hash: digest,
  signature: z.string(),
});
export type LedgerEntryView = z.infer<typeof ledgerEntryView>;

/** RFC 9457, with our stable code. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  code: z.string(),
  retry: z.enum(['never', 'later', 'after-change']),
  requestId: z.string().optional(),
  /** The fields that are wrong, where the request has some. */
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problem>;

/** CloudEvents 1.0 in JSON. */
export const cloudEvent = z.object({
  specversion: z.literal('1.0'),
  id: z.string(),
  source: z.string(),
  type: z.string(),
  subject: z.string().optional(),
  time,
  datacontenttype: z.literal('application/json'),
  data: z.record(z.string(), z.unknown()),
});
export type CloudEvent = z.infer<typeof cloudEvent>;
