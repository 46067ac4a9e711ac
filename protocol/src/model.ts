import { z } from 'zod';
import { digest, modelName, modelVersion, runId } from './ids.ts';
import { limits } from './limits.ts';
import { tensorSpec } from './tensor-schema.ts';

/** Files that a node can run: an ONNX graph, or a WebAssembly component of the `sedge:model` world. */
export const MODEL_FORMATS = ['onnx', 'component'] as const;
export type ModelFormat = (typeof MODEL_FORMATS)[number];

/** What runs a model: components have one engine, ONNX graphs a portable and, where it is installed, a native one. */
export const ENGINE_NAMES = ['component', 'onnx-web', 'onnx-node'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];
export const engineName = z.enum(ENGINE_NAMES);

export const functionSpec = z.object({
  name: z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/),
  inputs: z.array(tensorSpec).max(64),
  outputs: z.array(tensorSpec).max(64),
});
export type FunctionSpec = z.infer<typeof functionSpec>;

/** One trainable array. Its place in the list is its place in the flat vector that travels. */
export const parameterSpec = z.object({
  name: z.string().min(1).max(256),
  shape: z.array(z.int().min(1)).max(limits.tensorRankMax),
});
export type ParameterSpec = z.infer<typeof parameterSpec>;

/** Why a model cannot be trained; where one operator is in the way, it and its node are named. */
export const trainingObstacle = z.object({
  reason: z.string().max(2_000),
  operator: z.string().max(300).optional(),
  node: z.string().max(300).optional(),
});
export type TrainingObstacle = z.infer<typeof trainingObstacle>;

/** What a look into the file of a version showed. */
export const modelInspection = z.object({
  /** `unknown`: the look failed, `reasons` says why. */
  trainable: z.union([z.boolean(), z.literal('unknown')]),
  reasons: z.array(trainingObstacle),
  opset: z.int().optional(),
  /** Operators of the graph, the most frequent first. */
  operators: z.array(z.object({ operator: z.string(), count: z.int().min(1) })).optional(),
  /** Floating-point weights that the file carries. */
  parameters: z.array(z.object({ name: z.string(), shape: z.array(z.int().min(0)) })).optional(),
});
export type ModelInspection = z.infer<typeof modelInspection>;

export const contentRef = z.object({
  digest,
  sizeBytes: z.int().min(0).max(limits.blobBytesMax),
});
export type ContentRef = z.infer<typeof contentRef>;

export const modelRef = z.object({ name: modelName, version: modelVersion });
export type ModelRef = z.infer<typeof modelRef>;

/** Where a version came from, when a training run made it. */
export const lineage = z.object({ run: runId, rounds: z.int().min(0), base: modelRef });

/**
 * What a publisher signs about one version of a model: the names, and the digest of every byte that a node will run.
 * Travels as the payload of an envelope, over its exact bytes.
 */
export const modelManifest = z.strictObject({
  schema: z.literal('sedge.model/v1'),
  name: modelName,
  version: modelVersion,
  format: z.enum(MODEL_FORMATS),
  artifact: contentRef,
  /** Named arrays as safetensors; a model that carries its own weights has none. */
  weights: contentRef.optional(),
  functions: z.array(functionSpec).min(1).max(64),
  /** The trainable arrays, in the order of the flat vector; absent for a model that cannot be trained. */
  parameters: z.array(parameterSpec).max(10_000).optional(),
  /** Names of the classes, in the order of the output. */
  labels: z.array(z.string().max(256)).max(100_000).optional(),
  description: z.string().max(2_000).optional(),
  licence: z.string().max(200).optional(),
  lineage: lineage.optional(),
  createdAt: z.iso.datetime(),
});
export type ModelManifest = z.infer<typeof modelManifest>;

export function modelKey(model: ModelRef): string {
  return `${model.name}@${model.version}`;
}

/** Number of values in the flat vector of a parameter specification. */
export function parameterCount(parameters: readonly ParameterSpec[]): number {
  return parameters.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
}
