export { nodeCrypto, keyPairFromSeed, sha256Hasher, sha256Stream, type Sha256Hasher } from './crypto.ts';
export { systemClock, sleepOn, type Clock, type Timer } from './clock.ts';
export { systemRandomness, seededRandomness, randomnessOf, chacha20KeyStream, type Randomness } from './randomness.ts';
export { newId, newCode } from './id.ts';
export {
  LOG_LEVELS,
  jsonLog,
  logOf,
  prettyLog,
  silentLog,
  type Log,
  type LogEntry,
  type LogFields,
  type LogLevel,
  type LogOptions,
} from './log.ts';
export type { Bus, BusHandler, BusMessage, PublishOptions, SubscribeOptions, Subscription } from './bus/bus.ts';
export { Lifecycle, type LifecycleOptions, type Part } from './lifecycle.ts';
export { Backoff, type BackoffOptions } from './backoff.ts';
export { BoundedQueue } from './bounded-queue.ts';
export { TaskQueue } from './task-queue.ts';
export { anySignal, deadlineSignal, withDeadline, type DeadlineSignalOptions, type ScopedSignal } from './deadline.ts';
export { RecentMap } from './recent-map.ts';
