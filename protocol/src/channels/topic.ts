import type { Crypto } from '../crypto.ts';
import { SedgeError } from '../errors.ts';
import { nodeId, projectId, type NodeId, type ProjectId, type Shard } from '../ids.ts';
import { toUtf8 } from '../text.ts';
import type { Channel, Parameters } from './channel.ts';
import { channels, type ChannelName } from './table.ts';

/** Where a node speaks and listens: `sedge/v1/<project>/<shard>/<node>`. */
export interface NodeAddress {
  readonly project: ProjectId;
  readonly shard: Shard;
  readonly node: NodeId;
}

const ROOT = 'sedge/v1';
const LEVEL = /^[A-Za-z0-9_-]{1,64}$/;
const TEMPLATE_LEVEL = /^\{(\w+)\}$/;

export function addressOf(crypto: Pick<Crypto, 'sha256'>, project: ProjectId, node: NodeId): NodeAddress {
  return { project, node, shard: shardOf(crypto, node) };
}

/** The first byte of the SHA-256 of the node id, in hex: several coordinators divide the fleet by it. */
export function shardOf(crypto: Pick<Crypto, 'sha256'>, node: NodeId): Shard {
  const [first = 0] = crypto.sha256(toUtf8(node));
  return first.toString(16).padStart(2, '0') as Shard;
}

/** The prefix under which alone a node may publish (`up`) and subscribe (`down`). */
export function nodePrefix({ project, shard, node }: NodeAddress, direction: 'up' | 'down'): string {
  return `${ROOT}/${project}/${shard}/${node}/${direction}`;
}

/** Builds the topic of a channel. Throws INVALID_FIELD for a parameter that is no topic level. */
export function topicOf<Path extends string>(
  { path }: Channel<Path>,
  address: NodeAddress,
  ...[parameters]: string extends Path
    ? [Record<string, string>?]
    : keyof Parameters<Path> extends never
      ? []
      : [Parameters<Path>]
): string {
  const values: Readonly<Record<string, string>> = parameters ?? {};
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name] ?? '';
    if (!LEVEL.test(value)) throw new SedgeError('INVALID_FIELD', `"${value}" cannot be ${name} in a topic`);
    return value;
  });
  return `${ROOT}/${address.project}/${address.shard}/${address.node}/${filled}`;
}

/** What the coordinator subscribes to: all that nodes say, and nothing that it says itself. */
export function everyUpTopic(project: ProjectId): string {
  return `${ROOT}/${project}/+/+/up/#`;
}

/** What a node subscribes to: all that it is told. */
export function everyDownTopic(address: NodeAddress): string {
  return `${nodePrefix(address, 'down')}/#`;
}

export function eventTopic(project: ProjectId, kind: string): string {
  return `${ROOT}/${project}/events/${kind}`;
}

export interface ParsedTopic {
  readonly channel: ChannelName;
  readonly project: ProjectId;
  readonly shard: Shard;
  readonly node: NodeId;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Reads a topic back; undefined for one that is no channel of ours. The shard is not checked against the node. */
export function parseTopic(topic: string): ParsedTopic | undefined {
  const [root, version, project, shard, node, ...levels] = topic.split('/');
  if (`${root}/${version}` !== ROOT || shard === undefined || !/^[0-9a-f]{2}$/.test(shard)) return undefined;
  const names = { project: projectId.safeParse(project), node: nodeId.safeParse(node) };
  if (!names.project.success || !names.node.success) return undefined;
  for (const [name, pattern] of patterns) {
    const parameters = matchLevels(pattern, levels);
    if (parameters !== undefined) {
      return { channel: name, project: names.project.data, shard: shard as Shard, node: names.node.data, parameters };
    }
  }
  return undefined;
}

const patterns = (Object.keys(channels) as ChannelName[]).map(
  (name) => [name, channels[name].path.split('/')] as const,
);

function matchLevels(pattern: readonly string[], levels: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== levels.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const level = levels[index] ?? '';
    const name = TEMPLATE_LEVEL.exec(expected)?.[1];
    if (name === undefined ? level !== expected : !LEVEL.test(level)) return undefined;
    if (name !== undefined) parameters[name] = level;
  }
  return parameters;
}
