import { nodeCrypto } from '@sedge/kit';
import {
  digestOf,
  MANIFEST,
  peekPayload,
  sealEnvelope,
  SedgeError,
  type ContentRef,
  type Envelope,
  type FunctionSpec,
  type KeyPair,
  type ModelFormat,
  type ModelInspection,
  type ModelManifest,
  type ModelName,
  type ParameterSpec,
} from '@sedge/protocol';
import { routes, type ModelVersionView } from '@sedge/protocol/routes';
import type { Client } from './client.ts';

/** What a model says of itself once it is open. */
export interface ModelDescription {
  readonly functions: readonly FunctionSpec[];
  readonly parameters?: readonly ParameterSpec[] | undefined;
  /** What lies in the file. */
  readonly inspection?: ModelInspection | undefined;
}

export interface ModelContent {
  readonly name: ModelName;
  readonly format: ModelFormat;
  readonly artifact: Uint8Array<ArrayBuffer>;
  /** Named arrays as safetensors. */
  readonly weights?: Uint8Array<ArrayBuffer> | undefined;
  readonly labels?: readonly string[] | undefined;
  readonly description?: string | undefined;
  readonly licence?: string | undefined;
}

/** Uploads the content, signs a manifest over it and publishes that as the next version. */
export async function publishModel(
  client: Client,
  content: ModelContent,
  described: ModelDescription,
  key: KeyPair,
  now: Date,
): Promise<ModelVersionView> {
  await upload(client, content);
  const version = await nextVersion(client, content.name);
  return publishManifest(client, signModel(content, described, version, key, now));
}

/** A signed manifest over the content; made without asking anybody, so that the key may lie on a machine of its own. */
export function signModel(
  content: ModelContent,
  described: ModelDescription,
  version: number,
  key: KeyPair,
  now: Date,
): Envelope {
  return sealEnvelope(nodeCrypto, MANIFEST, manifestOf(content, described, version, now), key);
}

/** Publishes what was signed before. Throws DIGEST_MISMATCH for content that the manifest is not about. */
export async function publishSigned(
  client: Client,
  manifest: Envelope,
  content: Pick<ModelContent, 'artifact' | 'weights'>,
): Promise<ModelVersionView> {
  const promised = peekPayload(MANIFEST, manifest);
  checkDigest('the model', content.artifact, promised.artifact);
  checkDigest('the weights', content.weights, promised.weights);
  await upload(client, content);
  return publishManifest(client, manifest);
}

/** A component begins as every WebAssembly binary does; all else is taken for ONNX, which has no magic. */
export function formatOf(artifact: Uint8Array): ModelFormat {
  const isWasm = [0x00, 0x61, 0x73, 0x6d].every((byte, index) => artifact[index] === byte);
  return isWasm ? 'component' : 'onnx';
}

async function upload(client: Client, { artifact, weights }: Pick<ModelContent, 'artifact' | 'weights'>) {
  await client.putBlob(nodeCrypto, artifact);
  if (weights !== undefined) await client.putBlob(nodeCrypto, weights);
}

function publishManifest(client: Client, manifest: Envelope): Promise<ModelVersionView> {
  return client.call(routes.publishModel, { body: { manifest } });
}

function checkDigest(what: string, content: Uint8Array | undefined, promised: ContentRef | undefined): void {
  const found = content === undefined ? 'none' : digestOf(nodeCrypto, content);
  const expected = promised?.digest ?? 'none';
  if (found === expected) return;
  throw new SedgeError('DIGEST_MISMATCH', `${what}: the manifest says ${expected}, given is ${found}`, {
    expose: true,
  });
}

/** The coordinator knows which numbers were ever used; a model that nobody published begins at 1. */
async function nextVersion(client: Client, model: ModelName): Promise<number> {
  const { items } = await client.call(routes.listModels, { query: { limit: 1_000 } });
  return items.find(({ name }) => name === model)?.nextVersion ?? 1;
}

function manifestOf(
  { name, format, artifact, weights, labels, description, licence }: ModelContent,
  { functions, parameters }: ModelDescription,
  version: number,
  now: Date,
): ModelManifest {
  return {
    schema: 'sedge.model/v1',
    name,
    version,
    format,
    artifact: contentRef(artifact),
    ...(weights === undefined ? {} : { weights: contentRef(weights) }),
    functions: [...functions],
    ...(parameters === undefined ? {} : { parameters: [...parameters] }),
    ...(labels === undefined ? {} : { labels: [...labels] }),
    ...(description === undefined ? {} : { description }),
    ...(licence === undefined ? {} : { licence }),
    createdAt: now.toISOString(),
  };
}

function contentRef(content: Uint8Array): ContentRef {
  return { digest: digestOf(nodeCrypto, content), sizeBytes: content.byteLength };
}
