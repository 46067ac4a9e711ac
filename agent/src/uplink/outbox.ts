import type { Bus } from '@sedge/kit';
import {
  channels,
  chunkFrames,
  encodeJson,
  encodeTensorFrame,
  newStreamId,
  topicOf,
  type Birth,
  type BlobRequest,
  type Crypto,
  type DigestHex,
  type ErrorCode,
  type Heartbeat,
  type InferResponseHead,
  type NodeAddress,
  type NodeState,
  type ReportedTwin,
  type RequestId,
  type RoundAnswer,
  type RunId,
  type Tensor,
  type TrainingProgressMessage,
} from '@sedge/protocol';

/** A round, as topics name it. */
export interface RoundRef {
  readonly run: RunId;
  readonly round: number;
}

export interface OutboxOptions {
  readonly bus: Pick<Bus, 'publish'>;
  readonly address: NodeAddress;
  readonly crypto: Pick<Crypto, 'sha256' | 'randomBytes'>;
}

/** All that a node says. Each call resolves when the broker has it, and throws what `Bus.publish` throws. */
export class Outbox {
  readonly #bus: Pick<Bus, 'publish'>;
  readonly #address: NodeAddress;
  readonly #crypto: Pick<Crypto, 'sha256' | 'randomBytes'>;

  constructor({ bus, address, crypto }: OutboxOptions) {
    this.#bus = bus;
    this.#address = address;
    this.#crypto = crypto;
  }

  state(state: NodeState): Promise<void> {
    const payload = encodeJson(channels.state, state);
    return this.#bus.publish(topicOf(channels.state, this.#address), payload, { qos: 1, retain: true });
  }

  heartbeat(heartbeat: Heartbeat): Promise<void> {
    const payload = encodeJson(channels.heartbeat, heartbeat);
    return this.#bus.publish(topicOf(channels.heartbeat, this.#address), payload, { qos: 0 });
  }

  birth(birth: Birth): Promise<void> {
    return this.#bus.publish(topicOf(channels.birth, this.#address), encodeJson(channels.birth, birth), { qos: 1 });
  }

  twin(twin: ReportedTwin): Promise<void> {
    const payload = encodeJson(channels.reportedTwin, twin);
    return this.#bus.publish(topicOf(channels.reportedTwin, this.#address), payload, { qos: 1 });
  }

  accepted(id: RequestId, at: number): Promise<void> {
    const topic = topicOf(channels.commandAccepted, this.#address, { requestId: id });
    return this.#bus.publish(topic, encodeJson(channels.commandAccepted, { id, at }), { qos: 1 });
  }

  rejected(id: RequestId, at: number, code: ErrorCode): Promise<void> {
    const topic = topicOf(channels.commandRejected, this.#address, { requestId: id });
    return this.#bus.publish(topic, encodeJson(channels.commandRejected, { id, at, code }), { qos: 1 });
  }

  /** Frame by frame, so that a long answer never lies in the socket whole. */
  async inferAnswer(requestId: string, head: InferResponseHead, tensors: readonly Tensor[]): Promise<void> {
    const topic = topicOf(channels.inferResponse, this.#address, { requestId });
    const bytes = encodeTensorFrame(head, tensors);
    const stream = newStreamId(this.#crypto);
    for (const frame of chunkFrames(this.#crypto, { stream, encoding: 'tensorFrame', bytes })) {
      await this.#bus.publish(topic, frame, { qos: 0 });
    }
  }

  roundAnswer(round: RoundRef, answer: RoundAnswer): Promise<void> {
    const topic = topicOf(channels.roundAnswer, this.#address, levelsOf(round));
    return this.#bus.publish(topic, encodeJson(channels.roundAnswer, answer), { qos: 1 });
  }

  roundProgress(round: RoundRef, progress: TrainingProgressMessage): Promise<void> {
    const topic = topicOf(channels.roundProgress, this.#address, levelsOf(round));
    return this.#bus.publish(topic, encodeJson(channels.roundProgress, progress), { qos: 0 });
  }

  updateFrame(round: RoundRef, frame: Uint8Array): Promise<void> {
    return this.#bus.publish(topicOf(channels.roundUpdate, this.#address, levelsOf(round)), frame, { qos: 1 });
  }

  blobRequest(digest: DigestHex, request: BlobRequest): Promise<void> {
    const topic = topicOf(channels.blobRequest, this.#address, { digest });
    return this.#bus.publish(topic, encodeJson(channels.blobRequest, request), { qos: 1 });
  }
}

function levelsOf({ run, round }: RoundRef): { run: string; round: string } {
  return { run, round: String(round) };
}
