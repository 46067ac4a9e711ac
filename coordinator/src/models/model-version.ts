import {
  type KeyId,
  type ModelInspection,
  type ModelManifest,
  type ModelRef,
  MANIFEST,
  peekPayload,
  type SignedModel,
} from '@sedge/protocol';
import type { ModelVersionView } from '@sedge/protocol/routes';

/** One published version. */
export interface ModelVersion {
  readonly ref: ModelRef;
  readonly manifest: ModelManifest;
  readonly signed: SignedModel;
  readonly signer: KeyId;
  readonly publishedAtMs: number;
  /** Undefined for a version that was published before anybody looked, and for components. */
  readonly inspection?: ModelInspection | undefined;
}

/** As it is stored: what was signed says the rest. */
export interface StoredVersion {
  readonly ref: ModelRef;
  readonly signed: SignedModel;
  readonly publishedAtMs: number;
  readonly inspection?: ModelInspection | undefined;
  readonly deletedAtMs?: number;
}

/** Reads a version that was checked before it was stored. */
export function restoreVersion({ signed, publishedAtMs, inspection }: StoredVersion): ModelVersion {
  return modelVersion(peekPayload(MANIFEST, signed.manifest), signed, publishedAtMs, inspection);
}

export function modelVersion(
  manifest: ModelManifest,
  signed: SignedModel,
  publishedAtMs: number,
  inspection?: ModelInspection,
): ModelVersion {
  const [signature] = signed.manifest.signatures;
  return {
    ref: { name: manifest.name, version: manifest.version },
    manifest,
    signed,
    signer: signature?.keyid ?? ('' as KeyId),
    publishedAtMs,
    ...(inspection === undefined ? {} : { inspection }),
  };
}

export function modelVersionView(
  { manifest, signed, signer, publishedAtMs, inspection }: ModelVersion,
  readyNodes: number,
): ModelVersionView {
  const { name, version, format, artifact, weights, functions, parameters, labels, description, lineage } = manifest;
  return {
    name,
    version,
    format,
    artifact,
    ...(weights === undefined ? {} : { weights }),
    functions,
    ...(parameters === undefined ? {} : { parameters }),
    ...(inspection === undefined ? {} : { inspection }),
    ...(labels === undefined ? {} : { labels }),
    ...(description === undefined ? {} : { description }),
    ...(lineage === undefined ? {} : { lineage }),
    signer,
    delegated: signed.delegation !== undefined,
    publishedAt: new Date(publishedAtMs).toISOString(),
    readyNodes,
  };
}
