import { z } from 'zod';

/** A string that has been checked to be one kind of id, so that two kinds cannot be swapped. */
export type Branded<Name extends string> = string & { readonly __brand: Name };

export type ProjectId = Branded<'ProjectId'>;
export type NodeId = Branded<'NodeId'>;
export type ModelName = Branded<'ModelName'>;
export type DatasetName = Branded<'DatasetName'>;
export type DeploymentId = Branded<'DeploymentId'>;
export type RunId = Branded<'RunId'>;
export type RequestId = Branded<'RequestId'>;
export type TokenId = Branded<'TokenId'>;
/** Changes at every start of an agent, so that what an earlier life said can be told apart. */
export type BootId = Branded<'BootId'>;
/** SHA-256 of a public key, in lower-case hex: how a key is named in envelopes and tokens. */
export type KeyId = Branded<'KeyId'>;
/** `sha256:` and 64 lower-case hex digits: how content is named. */
export type Digest = Branded<'Digest'>;
/** 64 lower-case hex digits: a digest as one MQTT topic level, where no colon may stand. */
export type DigestHex = Branded<'DigestHex'>;
/** Two lower-case hex digits: the first byte of the SHA-256 of a node id. */
export type Shard = Branded<'Shard'>;

/** One level of an MQTT topic that every broker takes: a dot breaks NATS and RabbitMQ, a space disconnects from NATS. */
const TOPIC_LEVEL = /^[A-Za-z0-9_-]{1,64}$/;

function branded<Name extends string>(pattern: RegExp, expected: string): z.ZodType<Branded<Name>, string> {
  return z.string().regex(pattern, `must be ${expected}`) as unknown as z.ZodType<Branded<Name>, string>;
}

export const projectId = branded<'ProjectId'>(TOPIC_LEVEL, 'a project id: 1 to 64 of A-Z a-z 0-9 _ -');
export const nodeId = branded<'NodeId'>(TOPIC_LEVEL, 'a node id: 1 to 64 of A-Z a-z 0-9 _ -');
export const modelName = branded<'ModelName'>(/^[a-z0-9-]{1,64}$/, 'a model name: 1 to 64 of a-z 0-9 -');
export const datasetName = branded<'DatasetName'>(/^[a-z0-9-]{1,64}$/, 'a data set name: 1 to 64 of a-z 0-9 -');
export const deploymentId = branded<'DeploymentId'>(TOPIC_LEVEL, 'a deployment id');
export const runId = branded<'RunId'>(TOPIC_LEVEL, 'a run id: 1 to 64 of A-Z a-z 0-9 _ -');
export const requestId = branded<'RequestId'>(TOPIC_LEVEL, 'a request id: 1 to 64 of A-Z a-z 0-9 _ -');
export const tokenId = branded<'TokenId'>(TOPIC_LEVEL, 'a token id');
export const bootId = branded<'BootId'>(TOPIC_LEVEL, 'a boot id');
export const keyId = branded<'KeyId'>(/^[0-9a-f]{64}$/, 'a key id: 64 lower-case hex digits');
export const digest = branded<'Digest'>(/^sha256:[0-9a-f]{64}$/, 'a digest: sha256: and 64 lower-case hex digits');
export const digestHex = branded<'DigestHex'>(/^[0-9a-f]{64}$/, '64 lower-case hex digits');
export const shard = branded<'Shard'>(/^[0-9a-f]{2}$/, 'two lower-case hex digits');

/** Versions are integers from 1 and never reused. */
export const modelVersion = z.int().min(1).max(0x7fff_ffff);

export function digestHexOf(value: Digest): DigestHex {
  return value.slice('sha256:'.length) as DigestHex;
}

export function digestOfHex(value: DigestHex): Digest {
  return `sha256:${value}` as Digest;
}
