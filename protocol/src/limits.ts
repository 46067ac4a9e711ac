/**
 * Every bound that more than one room must agree on. Each has a tested answer for "full".
 * Units stand last in the name.
 */
export const limits = {
  /** The longest MQTT message, topic and header included: what every supported broker takes without settings. */
  mqttPacketBytesMax: 262_144,
  /** The longest run of data in one chunk frame; the rest of the packet is header and topic. */
  chunkDataBytesMax: 240 * 1024,
  /** The longest stream of chunk frames that a receiver assembles in memory. */
  streamBytesMax: 64 * 1024 * 1024,
  /** Streams that one receiver assembles at a time. */
  openStreamsMax: 1_024,
  /** Chunks that a receiver of a blob asks for ahead of the last one stored. */
  blobWindowChunks: 8,
  /** The longest JSON head of a tensor frame. */
  frameHeadBytesMax: 1024 * 1024,
  tensorsPerFrameMax: 1_024,
  tensorRankMax: 16,
  /** A JSON body at the REST door. */
  jsonBodyBytesMax: 16 * 1024 * 1024,
  /** An inference request at the REST door, JSON or binary. */
  inferBodyBytesMax: 64 * 1024 * 1024,
  /** A blob at the REST door. */
  blobBytesMax: 2 * 1024 * 1024 * 1024,
  manifestBytesMax: 256 * 1024,
  /** What a node may send between two heartbeats. */
  heartbeatIntervalMs: 5_000,
  /** A node that was silent for so long is offline, whatever its last will says. */
  heartbeatPatienceMs: 15_000,
  enrolmentTokenLifetimeMs: 15 * 60_000,
  /** Lifetime of the token with which a node signs in at the broker. */
  brokerTokenLifetimeMs: 5 * 60_000,
  /** How far two clocks may differ before a token is refused. */
  clockSkewMs: 60_000,
  inferTimeoutMs: 30_000,
  inferTimeoutMsMax: 10 * 60_000,
  /** Requests that wait for one node's answer at a time. */
  inflightPerNodeMax: 256,
  /** Requests that wait at one model host. */
  hostQueueMax: 1_024,
  /** One step of training, so that a stop is heard at once. */
  trainChunkMs: 250,
  /** Subscribers to the event stream. */
  eventSubscribersMax: 256,
  /** Events that the stream keeps for a subscriber that comes back. */
  eventHistoryMax: 1_024,
  /** Bytes that a slow MQTT client may have waiting before its messages are dropped. */
  brokerBacklogBytesMax: 4 * 1024 * 1024,
  brokerConnectionsMax: 20_000,
  /** Time that a connection has for its CONNECT packet. */
  brokerConnectTimeoutMs: 10_000,
  /** A CONNECT packet: ids, token and last will. */
  brokerConnectBytesMax: 16 * 1024,
  runRoundsMax: 10_000,
  cohortMax: 10_000,
  pageSizeMax: 1_000,
} as const;
