export { nodeCrypto, keyPairFromSeed } from './crypto.ts';
export { sha256Hasher, sha256Stream, type Sha256Hasher } from './sha256.ts';
export { syncFolder, writeFileAtomic, type AtomicFileOptions } from './atomic-file.ts';
export { loadKeyFile, loadOrCreateKeyFile, saveKeyFile } from './key-file.ts';
export { lockFolder, systemProcesses, type FolderLock, type ProcessTable } from './folder-lock.ts';
export { systemClock, sleepOn, type Clock, type Timer } from './clock.ts';
export { systemRandomness, seededRandomness, randomnessOf, chacha20KeyStream, type Randomness } from './randomness.ts';
export { newId, newCode } from './id.ts';
export { LOG_LEVELS, type LogEntry, type LogFields, type LogLevel } from './log-entry.ts';
export { jsonLog, logOf, prettyLog, silentLog, type Log, type LogOptions } from './log.ts';
export type { Bus, BusHandler, BusMessage, PublishOptions, SubscribeOptions, Subscription } from './bus/bus.ts';
export { inProcessBus, type EmbeddedBroker, type EmbeddedPacket, type TakePacket } from './bus/in-process-bus.ts';
export { mqttBus, type MqttBusOptions } from './bus/mqtt-bus.ts';
export type { BrokerCredentials, BusWill } from './bus/mqtt-connection.ts';
export { checkPacketBytes, checkTopic, filterLevels, matchesTopic } from './bus/topics.ts';
export type { BacklogBounds } from './bus/unsent-messages.ts';
export { defineConfig, loadConfig, type ConfigDefinition, type ConfigOf } from './config/config.ts';
export { configRows, redactedConfig, type ConfigRow } from './config/config-print.ts';
export type { ConfigSources } from './config/config-reading.ts';
export { PROGRAM_SETTINGS } from './config/program-settings.ts';
export { describeSchema } from './config/schema-words.ts';
export { setting, type Setting, type Settings } from './config/setting.ts';
export { listen } from './listen.ts';
export { bodyPieces, parseJsonBody, readBody } from './read-body.ts';
export { failureText } from './failure-text.ts';
export { Lifecycle, type LifecycleOptions, type Part } from './lifecycle.ts';
export { Backoff, type BackoffOptions } from './backoff.ts';
export { BoundedQueue } from './bounded-queue.ts';
export { TaskQueue } from './task-queue.ts';
export {
  anySignal,
  deadlineSignal,
  untilAborted,
  withDeadline,
  type DeadlineSignalOptions,
  type ScopedSignal,
} from './deadline.ts';
export { choiceWords, probeResultWords, progressWords, sizeWords } from './model-words.ts';
export { RecentMap } from './recent-map.ts';
