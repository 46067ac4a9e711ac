import { channels, nodePrefix, parseTopic, SedgeError, type Channel, type NodeAddress } from '@sedge/protocol';

const LEVEL = /^[A-Za-z0-9_-]{1,64}$/;

/** What of a message decides whether a node may publish it. */
export interface Publication {
  readonly topic: string;
  readonly qos?: number | undefined;
}

/** Throws FORBIDDEN unless the topic lies under the node's own `up/`, for messages and for its last will. */
export function checkPublish(address: NodeAddress, { topic, qos = 0 }: Publication): void {
  if (qos > 1) throw refused(address, `QoS ${qos} on ${topic}`);
  const levels = levelsBelow(nodePrefix(address, 'up'), topic);
  if (levels?.every((level) => LEVEL.test(level)) !== true) throw refused(address, `publishing on ${topic}`);
}

/** Throws FORBIDDEN unless the filter lies under the node's own `down/`; wildcards may stand only below that. */
export function checkSubscribe(address: NodeAddress, { topic, qos = 0 }: Publication): void {
  if (qos > 1) throw refused(address, `QoS ${qos} for ${topic}`);
  const levels = levelsBelow(nodePrefix(address, 'down'), topic);
  if (levels === undefined || !levels.every(isFilterLevel)) throw refused(address, `subscribing to ${topic}`);
}

/** Only channels that are declared so are kept by the broker: anything else would let a node fill its memory. */
export function isRetained(topic: string): boolean {
  const parsed = parseTopic(topic);
  if (parsed === undefined) return false;
  const declared: Channel = channels[parsed.channel];
  return declared.retain;
}

function levelsBelow(prefix: string, topic: string): string[] | undefined {
  return topic.startsWith(`${prefix}/`) ? topic.slice(prefix.length + 1).split('/') : undefined;
}

function isFilterLevel(level: string, index: number, levels: readonly string[]): boolean {
  return LEVEL.test(level) || level === '+' || (level === '#' && index === levels.length - 1);
}

function refused({ node }: NodeAddress, what: string): SedgeError {
  return new SedgeError('FORBIDDEN', `${what} is not for node ${node}`);
}
