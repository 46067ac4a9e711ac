import { limits, SedgeError } from '@sedge/protocol';

const LEVEL = /^[A-Za-z0-9_-]{1,64}$/;
/** Far more than we use; aedes throws from 100 on. */
const LEVELS_MAX = 32;
/** Type byte, up to four bytes of remaining length, length of the topic, packet id (MQTT 3.1.1 §3.3). */
const HEADER_BYTES_MAX = 1 + 4 + 2 + 2;

/** Throws BUS_TOPIC_INVALID for a topic that one of the supported brokers refuses or silently loses. */
export function checkTopic(topic: string): void {
  const levels = topic.split('/');
  if (levels.length > LEVELS_MAX || !levels.every((level) => LEVEL.test(level))) {
    throw new SedgeError('BUS_TOPIC_INVALID', `nothing can be published on the topic ${JSON.stringify(topic)}`);
  }
}

/**
 * The levels of a filter: those of a topic, `+` for any one, and `#` at the end for any number.
 * Throws BUS_TOPIC_INVALID, for `$share` as well: aedes, NATS and RabbitMQ grant it and deliver nothing.
 */
export function filterLevels(filter: string): readonly string[] {
  const levels = filter.split('/');
  const isLast = (index: number): boolean => index === levels.length - 1;
  const isLevel = (level: string, index: number): boolean =>
    LEVEL.test(level) || level === '+' || (level === '#' && isLast(index));
  if (levels.length <= LEVELS_MAX && levels.every(isLevel)) return levels;
  throw new SedgeError('BUS_TOPIC_INVALID', `nothing can be subscribed by the filter ${JSON.stringify(filter)}`);
}

/** MQTT 3.1.1 §4.7: `#` also takes the level above it, and no wildcard at the front takes a `$` topic. */
export function matchesTopic(filter: readonly string[], topic: readonly string[]): boolean {
  if (topic[0]?.startsWith('$') === true) return false;
  for (const [index, level] of filter.entries()) {
    if (level === '#') return true;
    if (index >= topic.length || (level !== '+' && level !== topic[index])) return false;
  }
  return filter.length === topic.length;
}

/** Throws BUS_MESSAGE_TOO_LONG when the packet, header and topic included, is longer than every broker takes. */
export function checkPacketBytes(topic: string, payloadBytes: number): void {
  // A topic is ASCII here, so its characters are its bytes.
  const packetBytes = HEADER_BYTES_MAX + topic.length + payloadBytes;
  if (packetBytes > limits.mqttPacketBytesMax) {
    throw new SedgeError('BUS_MESSAGE_TOO_LONG', `the packet for ${topic} has ${packetBytes} bytes`);
  }
}
