import { newId, type Log } from '@sedge/kit';
import type {
  BootId,
  Command,
  DesiredTwin,
  ErrorCode,
  ModelRef,
  ModelStatus,
  Resources,
  SedgeError,
} from '@sedge/protocol';
import { DatasetRegistry } from './datasets/registry.ts';
import { readIdentity, type HeldIdentity } from './identity/identity.ts';
import { PinnedPublishers } from './identity/pinned-publishers.ts';
import { ServerClock } from './identity/server-clock.ts';
import { standingOf, type Standing } from './identity/standing.ts';
import { InferenceServer } from './inference/inference-server.ts';
import type { BlobSource } from './models/blob-source.ts';
import { HttpBlobSource } from './models/http-blob-source.ts';
import { KnownManifests } from './models/known-manifests.ts';
import type { ReadyModel } from './models/loaded-model.ts';
import { contentKey } from './models/content-key.ts';
import { modelLoader, pinContent } from './models/load-model.ts';
import { MqttBlobSource } from './models/mqtt-blob-source.ts';
import { Reconciler } from './models/reconciler.ts';
import { TwinStore } from './models/twin-store.ts';
import type { NodeParts } from './node-parts.ts';
import { nodeParticipant } from './node-training.ts';
import type { IdentityStatus } from './status/status-file.ts';
import { Presence } from './telemetry/presence.ts';
import { HeldExamples } from './training/held-examples.ts';
import type { Participant } from './training/participant.ts';
import { Dispatch } from './uplink/dispatch.ts';
import { NodeLink } from './uplink/node-link.ts';
import { Outbox } from './uplink/outbox.ts';
import { refreshServerTime } from './uplink/server-time.ts';

/** Time that requests under way have when the agent stops. */
const DRAIN_MS = 1_000;

/** One identity at work: its connection, its twin, its data sets, and what is done for it. */
export class AgentNode {
  readonly #parts: NodeParts;
  readonly #held: HeldIdentity;
  readonly #log: Log;
  readonly #standing: Standing;
  readonly #publishers: PinnedPublishers;
  readonly #serverClock: ServerClock;
  readonly #link: NodeLink;
  readonly #outbox: Outbox;
  readonly #presence: Presence;
  readonly #mqttBlobs: MqttBlobSource;
  readonly #twins: TwinStore;
  readonly #reconciler: Reconciler;
  readonly #inference: InferenceServer;
  readonly #participant: Participant;
  #isRunning = false;

  constructor(held: HeldIdentity, parts: NodeParts) {
    const { clock, crypto, randomness } = parts;
    this.#parts = parts;
    this.#held = held;
    this.#log = parts.log.child({ node: held.identity.name });
    this.#standing = standingOf(crypto, held);
    this.#publishers = this.#makePublishers();
    this.#serverClock = new ServerClock(clock, held.identity.clockOffsetMs);
    const boot = newId(randomness, 'boot') as BootId;
    this.#link = this.#makeLink(boot);
    this.#outbox = new Outbox({ bus: this.#link.bus, address: this.#standing.address, crypto });
    this.#mqttBlobs = this.#makeMqttBlobs();
    this.#twins = new TwinStore({ ...this.#trust(), path: held.folder.twin });
    this.#reconciler = this.#makeReconciler();
    this.#inference = this.#makeInference();
    const registry = new DatasetRegistry({ folder: held.folder.datasets, log: this.#log });
    this.#participant = this.#makeParticipant(registry);
    this.#presence = this.#makePresence(boot, registry);
  }

  /** Begins to connect, and meanwhile to load what the last twin asked for. */
  async start(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const stored = await this.#twins.load();
    if (stored !== undefined) this.#reconciler.apply(stored);
    await this.#presence.refreshDatasets();
    this.#link.start();
  }

  /** Says goodbye, lets requests under way end, and leaves. */
  async stop(): Promise<void> {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    await this.#inference.stop(this.#parts.clock, DRAIN_MS);
    this.#participant.stop();
    await this.#presence.goodbye();
    await this.#link.stop();
    await this.#reconciler.stop();
    await this.#twins.stop();
  }

  async beat(resources: Resources): Promise<void> {
    await this.#refreshPublishers();
    await this.#presence.beat(resources);
  }

  /** Stops the trainings that are not done; requests under way end as they would. */
  giveUpTrainings(refusal: SedgeError): void {
    this.#participant.giveUp(refusal);
  }

  status(): IdentityStatus {
    const { reason } = this.#parts.shedder;
    const { folder, identity } = this.#held;
    const { node, name, project, coordinator } = identity;
    return {
      number: folder.number,
      node,
      name,
      project,
      coordinator: coordinator.url,
      connected: this.#link.connected,
      ...(this.#link.refusal !== undefined && { refusal: this.#link.refusal }),
      twinVersion: this.#reconciler.version,
      models: this.#reconciler.statuses(),
      datasets: [...this.#presence.datasets],
      queue: this.#queue(),
      ...(reason !== undefined && { shedding: reason }),
    };
  }

  readyModels(): ReadyModel[] {
    return this.#reconciler.readyModels();
  }

  modelStatuses(): ModelStatus[] {
    return this.#reconciler.statuses();
  }

  /** Content left the quarantine. */
  released(content: string): void {
    this.#reconciler.released(content);
  }

  #trust(): { crypto: NodeParts['crypto']; coordinatorKeys: Standing['coordinatorKeys']; log: Log } {
    return { crypto: this.#parts.crypto, coordinatorKeys: this.#standing.coordinatorKeys, log: this.#log };
  }

  #makeLink(boot: BootId): NodeLink {
    const dispatch = this.#makeDispatch();
    return new NodeLink({
      ...this.#parts,
      log: this.#log,
      url: this.#held.identity.mqttUrl,
      address: this.#standing.address,
      boot,
      now: () => this.#serverClock.now(),
      token: () => this.#token(),
      onRefused: () => this.#serverClock.doubt(),
      onMessage: (message) => dispatch.take(message),
      onConnected: () => void this.#presence.announce(),
    });
  }

  async #token(): Promise<string> {
    const { door } = this.#parts;
    const { url } = this.#held.identity.coordinator;
    await refreshServerTime({ clock: this.#serverClock, ask: () => door.date(url), log: this.#log });
    return this.#standing.token(this.#serverClock.now());
  }

  #makeDispatch(): Dispatch {
    return new Dispatch({
      ...this.#trust(),
      node: this.#held.identity.node,
      handlers: {
        twin: (desired, bytes) => this.#takeTwin(desired, bytes),
        command: (command) => this.#takeCommand(command),
        inferFrame: (requestId, frame) => this.#inference.frame(requestId, frame),
        inferCancel: (requestId) => this.#inference.cancel(requestId),
        offer: (offer) => this.#participant.offer(offer),
        ack: (round, ack) => this.#participant.acknowledge(round, ack),
        closed: (round, closed) => this.#participant.closed(round, closed),
        blobChunk: (digest, frame) => this.#mqttBlobs.take(digest, frame),
        blobRefused: (digest, code) => this.#mqttBlobs.refuse(digest, code),
      },
    });
  }

  #makePublishers(): PinnedPublishers {
    const { folder, identity } = this.#held;
    return new PinnedPublishers({
      crypto: this.#parts.crypto,
      log: this.#log,
      publishers: identity.publishers,
      read: async () => (await readIdentity(folder)).publishers,
    });
  }

  async #refreshPublishers(): Promise<void> {
    if (await this.#publishers.refresh()) this.#reconciler.publishersChanged();
  }

  async #takeTwin(desired: DesiredTwin, bytes: Uint8Array): Promise<void> {
    await this.#refreshPublishers();
    if (this.#reconciler.apply(desired)) await this.#twins.save(bytes);
  }

  async #takeCommand(command: Command): Promise<void> {
    const { id, name, expiresAt } = command;
    const now = this.#serverClock.now();
    if (expiresAt < now) {
      this.#log.warn('a late command was refused', { command: name, expiresAt });
      return this.#outbox.rejected(id, now, 'COMMAND_EXPIRED');
    }
    const refusal = await this.#obey(command);
    if (refusal === undefined) await this.#outbox.accepted(id, now);
    else await this.#outbox.rejected(id, now, refusal);
  }

  /** The code of a refusal, if there is one. */
  async #obey({ name, model }: Command): Promise<ErrorCode | undefined> {
    switch (name) {
      case 'rebirth':
        await this.#presence.announceBirth();
        return undefined;
      case 'release':
        return this.#release(model);
    }
  }

  async #release(model: ModelRef | undefined): Promise<ErrorCode | undefined> {
    const trusted = model && this.#reconciler.trustedModel(model);
    const isReleased = trusted && (await this.#parts.quarantine.release(contentKey(trusted.manifest)));
    return isReleased === true ? undefined : 'MODEL_NOT_QUARANTINED';
  }

  #makeMqttBlobs(): MqttBlobSource {
    return new MqttBlobSource({
      ...this.#parts,
      request: async (digest, window, signal) => {
        await this.#link.whenConnected(signal);
        await this.#outbox.blobRequest(digest, window);
      },
    });
  }

  /** The roads to content, the better one first. */
  #sources(): BlobSource[] {
    const { config, door } = this.#parts;
    const { url } = this.#held.identity.coordinator;
    const http = new HttpBlobSource(async (digest, from, signal) =>
      door.blob(url, await this.#token(), digest, from, signal),
    );
    const roads = { auto: [http, this.#mqttBlobs], http: [http], mqtt: [this.#mqttBlobs] };
    return roads[config.blobRoad];
  }

  #makeReconciler(): Reconciler {
    const { cache, hosts, quarantine } = this.#parts;
    return new Reconciler({
      ...this.#parts,
      log: this.#log,
      publisherKeys: this.#publishers.keys,
      load: modelLoader({
        ...this.#parts,
        log: this.#log,
        sources: this.#sources(),
        choose: (files, digest, choice) => hosts.choose(files, digest, choice),
        refuseQuarantined: quarantine.refuse,
      }),
      pinContent: (manifest) => pinContent(cache, manifest),
      onChange: () => this.#presence.reportTwin(),
    });
  }

  #makeInference(): InferenceServer {
    return new InferenceServer({
      crypto: this.#parts.crypto,
      log: this.#log,
      readyModel: (ref) => this.#reconciler.readyModel(ref),
      admit: () => this.#parts.shedder.admit(),
      answer: (requestId, head, tensors) => this.#outbox.inferAnswer(requestId, head, tensors),
    });
  }

  #makeParticipant(registry: DatasetRegistry): Participant {
    return nodeParticipant({
      parts: this.#parts,
      held: this.#held,
      log: this.#log,
      outbox: this.#outbox,
      whenConnected: (signal) => this.#link.whenConnected(signal),
      sources: this.#sources(),
      manifests: this.#makeManifests(),
      examples: new HeldExamples(registry),
    });
  }

  #makeManifests(): KnownManifests {
    const { config, crypto, door } = this.#parts;
    const { url } = this.#held.identity.coordinator;
    const ask = async (ref: ModelRef) => door.manifest(url, await this.#token(), ref);
    return new KnownManifests({
      crypto,
      log: this.#log,
      publisherKeys: this.#publishers.keys,
      desired: (ref) => this.#reconciler.trustedModel(ref),
      ...(config.blobRoad !== 'mqtt' && { ask }),
    });
  }

  #makePresence(boot: BootId, registry: DatasetRegistry): Presence {
    return new Presence({
      ...this.#parts,
      log: this.#log,
      boot,
      now: () => this.#serverClock.now(),
      outbox: this.#outbox,
      isConnected: () => this.#link.connected,
      stateOf: (online) => this.#link.stateOf(online),
      listDatasets: async () => (await registry.list()).map(({ held }) => held),
      models: () => this.#reconciler.statuses(),
      twinVersion: () => this.#reconciler.version,
      queue: () => this.#queue(),
      shedding: () => this.#parts.shedder.reason,
    });
  }

  #queue(): { inference: number; training: number } {
    const { node } = this.#held.identity;
    return { inference: this.#inference.underWay, training: this.#parts.trainings.load(node) };
  }
}
