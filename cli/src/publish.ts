import { nodeCrypto } from '@sedge/kit';
import {
  MANIFEST,
  sealEnvelope,
  type ContentRef,
  type FunctionSpec,
  type KeyPair,
  type ModelFormat,
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
  const artifact = await upload(client, content.artifact);
  const weights = content.weights === undefined ? undefined : await upload(client, content.weights);
  const version = await nextVersion(client, content.name);
  const manifest = manifestOf(content, described, { artifact, weights, version, createdAt: now.toISOString() });
  return client.call(routes.publishModel, { body: { manifest: sealEnvelope(nodeCrypto, MANIFEST, manifest, key) } });
}

/** A component begins as every WebAssembly binary does; all else is taken for ONNX, which has no magic. */
export function formatOf(artifact: Uint8Array): ModelFormat {
  const isWasm = [0x00, 0x61, 0x73, 0x6d].every((byte, index) => artifact[index] === byte);
  return isWasm ? 'component' : 'onnx';
}

async function upload(client: Client, content: Uint8Array<ArrayBuffer>): Promise<ContentRef> {
  return { digest: await client.putBlob(nodeCrypto, content), sizeBytes: content.byteLength };
}

/** The coordinator knows which numbers were ever used; a model that nobody published begins at 1. */
async function nextVersion(client: Client, model: ModelName): Promise<number> {
  const { items } = await client.call(routes.listModels, { query: { limit: 1_000 } });
  return items.find(({ name }) => name === model)?.nextVersion ?? 1;
}

function manifestOf(
  { name, format, labels, description, licence }: ModelContent,
  { functions, parameters }: ModelDescription,
  made: Pick<ModelManifest, 'artifact' | 'version' | 'createdAt'> & { readonly weights: ContentRef | undefined },
): ModelManifest {
  return {
    schema: 'sedge.model/v1',
    name,
    version: made.version,
    format,
    artifact: made.artifact,
    ...(made.weights === undefined ? {} : { weights: made.weights }),
    functions: [...functions],
    ...(parameters === undefined ? {} : { parameters: [...parameters] }),
    ...(labels === undefined ? {} : { labels: [...labels] }),
    ...(description === undefined ? {} : { description }),
    ...(licence === undefined ? {} : { licence }),
    createdAt: made.createdAt,
  };
}
