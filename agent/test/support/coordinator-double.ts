import { createHash } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { nodeCrypto } from '@sedge/kit';
import {
  addressOf,
  channels,
  ChunkAssembler,
  COMMAND,
  DESIRED_TWIN,
  digestOf,
  encodeChunk,
  encodeEnrolmentToken,
  encodeTensorFrame,
  ENROLMENT,
  keyIdOf,
  limits,
  MANIFEST,
  parseTopic,
  ROUND_OFFER,
  sealEnvelope,
  toBase64,
  topicOf,
  verifyNodeToken,
  type ChannelName,
  type Command,
  type Digest,
  type Envelope,
  type InferRequestHead,
  type KeyPair,
  type ModelManifest,
  type NodeId,
  type ProjectId,
  type RoundClosed,
  type RoundOffer,
  type SignedModel,
  type Tensor,
  type UpdateAck,
} from '@sedge/protocol';
import { Aedes } from 'aedes';

export const PROJECT = 'home' as ProjectId;

export interface Heard {
  readonly node: NodeId;
  readonly channel: ChannelName;
  readonly parameters: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
}

export interface CoordinatorDoubleOptions {
  /** Answers /api/v1/blobs and manifests over HTTP; without it those paths are 404. */
  readonly servesContent?: boolean;
  /** Milliseconds by which the coordinator's clock is ahead of ours. */
  readonly clockAheadMs?: number;
}

/**
 * The other side of an agent: a real broker and a real HTTP server on loopback, with a key of its own, that says what
 * a test tells it to say and keeps what nodes said.
 */
export class CoordinatorDouble {
  readonly key: KeyPair = nodeCrypto.generateKeyPair();
  readonly publisher: KeyPair = nodeCrypto.generateKeyPair();
  readonly blobs = new Map<Digest, Uint8Array>();
  readonly manifests = new Map<string, SignedModel>();
  readonly heard: Heard[] = [];
  readonly nodeKeys = new Map<NodeId, Uint8Array>();
  /** Requests at the HTTP door, as "GET /path range". */
  readonly requests: string[] = [];
  readonly refusals: string[] = [];
  readonly #options: CoordinatorDoubleOptions;
  readonly #usedSecrets = new Set<string>();
  readonly #waiting = new Set<() => void>();
  #http: Server | undefined;
  #broker: Aedes | undefined;
  #mqtt: { close(): Promise<void>; port: number } | undefined;

  constructor(options: CoordinatorDoubleOptions = {}) {
    this.#options = options;
  }

  static async start(options: CoordinatorDoubleOptions = {}): Promise<CoordinatorDouble> {
    const double = new CoordinatorDouble(options);
    await double.startBroker();
    double.#http = createHttpServer((request, response) => void double.#answer(request, response));
    await new Promise<void>((resolve) => double.#http?.listen(0, '127.0.0.1', resolve));
    return double;
  }

  get url(): string {
    const address = this.#http?.address() as AddressInfo | undefined;
    return `http://127.0.0.1:${address?.port}`;
  }

  get mqttUrl(): string {
    return `mqtt://127.0.0.1:${this.#mqtt?.port}`;
  }

  now(): number {
    return Date.now() + (this.#options.clockAheadMs ?? 0);
  }

  async startBroker(port = 0): Promise<void> {
    const broker = await Aedes.createBroker({ concurrency: 0, maxClientsIdLength: 64 });
    broker.authenticate = (client, _username, password, done) => {
      try {
        verifyNodeToken(nodeCrypto, String(password), {
          coordinator: keyIdOf(nodeCrypto, this.key.publicKey),
          nowMs: this.now(),
          keyOf: (node) => (client.id === node ? this.nodeKeys.get(node) : undefined),
        });
        done(null, true);
      } catch (error) {
        this.refusals.push(String((error as { code?: string }).code));
        done(Object.assign(new Error('refused'), { returnCode: 5 }) as never, false);
      }
    };
    broker.subscribe(
      'sedge/v1/#',
      (packet, done) => {
        this.#hear(packet.topic, Buffer.from(packet.payload));
        done();
      },
      () => undefined,
    );
    this.#broker = broker;
    this.#mqtt = await listen(broker, port);
  }

  /** Cuts every connection and frees the port. */
  async stopBroker(): Promise<number> {
    const port = this.#mqtt?.port ?? 0;
    await this.#mqtt?.close();
    await new Promise<void>((resolve) => this.#broker?.close(() => resolve()));
    return port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopBroker();
    this.#http?.closeAllConnections();
    await new Promise<void>((resolve) => this.#http?.close(() => resolve()));
  }

  enrolmentToken(changes: { url?: string; coordinator?: KeyPair } = {}): string {
    const secret = nodeCrypto.randomBytes(32);
    return encodeEnrolmentToken({
      url: changes.url ?? this.url,
      secret: Buffer.from(secret).toString('base64url'),
      coordinator: keyIdOf(nodeCrypto, (changes.coordinator ?? this.key).publicKey),
    });
  }

  /** Keeps content and names it. */
  store(bytes: Uint8Array): Digest {
    const digest = digestOf(nodeCrypto, bytes);
    this.blobs.set(digest, bytes);
    return digest;
  }

  sign(manifest: ModelManifest, key: KeyPair = this.publisher): SignedModel {
    return { manifest: sealEnvelope(nodeCrypto, MANIFEST, manifest, key) };
  }

  async sayTwin(node: NodeId, version: number, models: readonly SignedModel[], key = this.key): Promise<void> {
    const body = sealEnvelope(nodeCrypto, DESIRED_TWIN, { version, models: [...models] }, key);
    await this.say(node, topicOf(channels.desiredTwin, this.#address(node)), json(body));
  }

  async sayCommand(node: NodeId, command: Command, key = this.key): Promise<void> {
    const topic = topicOf(channels.command, this.#address(node), { name: command.name, requestId: command.id });
    await this.say(node, topic, json(sealEnvelope(nodeCrypto, COMMAND, command, key)));
  }

  async sayOffer(node: NodeId, offer: RoundOffer, key = this.key): Promise<void> {
    const topic = topicOf(channels.roundOffer, this.#address(node), { run: offer.run, round: String(offer.round) });
    await this.say(node, topic, json(sealEnvelope(nodeCrypto, ROUND_OFFER, offer, key)));
  }

  async sayAck(node: NodeId, { run, round }: RoundOffer, ack: UpdateAck): Promise<void> {
    await this.say(node, topicOf(channels.roundAck, this.#address(node), { run, round: String(round) }), json(ack));
  }

  async sayClosed(node: NodeId, { run, round }: RoundOffer, reason: RoundClosed['reason']): Promise<void> {
    const topic = topicOf(channels.roundClosed, this.#address(node), { run, round: String(round) });
    await this.say(node, topic, json({ reason }));
  }

  async ask(node: NodeId, requestId: string, head: InferRequestHead, tensors: readonly Tensor[]): Promise<void> {
    const bytes = encodeTensorFrame(head, tensors);
    const topic = topicOf(channels.inferRequest, this.#address(node), { requestId });
    const stream = Buffer.from(nodeCrypto.randomBytes(16)).toString('hex');
    const part = limits.chunkDataBytesMax;
    for (let offset = 0; offset === 0 || offset < bytes.byteLength; offset += part) {
      const data = bytes.subarray(offset, offset + part);
      const chunk = {
        encoding: 'tensorFrame',
        stream,
        sequence: offset / part,
        offset,
        total: bytes.byteLength,
        data,
      } as const;
      await this.say(node, topic, encodeChunk(nodeCrypto, chunk));
    }
  }

  async cancel(node: NodeId, requestId: string): Promise<void> {
    const topic = topicOf(channels.inferCancel, this.#address(node), { requestId });
    await this.say(node, topic, json({ reason: 'disconnected' }));
  }

  async say(_node: NodeId, topic: string, payload: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const packet = {
        cmd: 'publish',
        topic,
        payload: Buffer.from(payload),
        qos: 1,
        retain: false,
        dup: false,
      } as const;
      this.#broker?.publish(packet, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** What nodes said on a channel, so far. */
  on(channel: ChannelName): Heard[] {
    return this.heard.filter((one) => one.channel === channel);
  }

  /** The JSON bodies on a channel, so far. */
  bodies<Body>(channel: ChannelName): Body[] {
    return this.on(channel).map(({ payload }) => JSON.parse(Buffer.from(payload).toString('utf8')) as Body);
  }

  /** The first value that is not undefined, looked for again whenever a node has spoken. */
  async until<Value>(look: () => Value | undefined, timeoutMs = 30_000): Promise<Value> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (Date.now() > deadline) throw new Error(`not heard: ${look.toString()}`);
      await this.#nextWord();
    }
  }

  /** The stream of chunk frames on a channel, once one of them is whole. */
  async wholeStream(channel: ChannelName, from = 0): Promise<{ bytes: Uint8Array; stream: string }> {
    return this.until(() => {
      const assembler = new ChunkAssembler(nodeCrypto);
      for (const { payload } of this.on(channel).slice(from)) {
        const { bytes, stream } = assembler.accept(payload);
        if (bytes !== undefined) return { bytes, stream };
      }
      return undefined;
    });
  }

  #nextWord(): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, 20);
      this.#waiting.add(wake);
    });
  }

  #hear(topic: string, payload: Uint8Array): void {
    const parsed = parseTopic(topic);
    if (parsed === undefined || !topic.includes('/up/')) return;
    const { node, channel, parameters } = parsed;
    this.heard.push({ node, channel, parameters, payload });
    if (channel === 'blobRequest') void this.#sendWindow(node, parameters['digest'] ?? '', payload);
    for (const wake of this.#waiting) wake();
  }

  /** Chunks that a test wants to be lost, by their offset; each is lost once. */
  readonly lostOffsets = new Set<number>();

  async #sendWindow(node: NodeId, hex: string, payload: Uint8Array): Promise<void> {
    const { offset: first, chunks } = JSON.parse(Buffer.from(payload).toString()) as { offset: number; chunks: number };
    const bytes = this.blobs.get(`sha256:${hex}` as Digest);
    const address = this.#address(node);
    if (bytes === undefined) {
      return this.say(node, topicOf(channels.blobRefused, address, { digest: hex }), json({ code: 'BLOB_NOT_FOUND' }));
    }
    const part = limits.chunkDataBytesMax;
    const end = Math.min(bytes.byteLength, first + chunks * part);
    for (let offset = first; offset === first || offset < end; offset += part) {
      if (this.lostOffsets.delete(offset)) continue;
      const data = bytes.subarray(offset, offset + part);
      const stream = hex.slice(0, 32);
      const chunk = {
        encoding: 'bytes',
        stream,
        sequence: offset / part,
        offset,
        total: bytes.byteLength,
        data,
      } as const;
      await this.say(
        node,
        topicOf(channels.blobChunk, address, { digest: hex, offset: String(offset) }),
        encodeChunk(nodeCrypto, chunk),
      );
    }
  }

  #address(node: NodeId) {
    return addressOf(nodeCrypto, PROJECT, node);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const { range } = request.headers;
    this.requests.push([method, url, ...(range === undefined ? [] : [range])].join(' '));
    response.setHeader('date', new Date(this.now()).toUTCString());
    response.setHeader('connection', 'close');
    if (url === '/healthz') return void response.end('ok');
    if (url === '/api/v1/enrol') return this.#enrol(request, response);
    if (this.#options.servesContent === true && url.startsWith('/api/v1/blobs/'))
      return this.#blob(url, range, response);
    const manifest = this.#options.servesContent === true ? this.manifests.get(url) : undefined;
    if (manifest !== undefined) return void response.end(JSON.stringify(manifest));
    problem(response, 404, 'NOT_FOUND');
  }

  async #enrol(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const part of request) text += String(part);
    const { secret, publicKey, name = 'node' } = JSON.parse(text) as Record<string, string>;
    if (this.#usedSecrets.has(secret ?? '')) return problem(response, 409, 'TOKEN_USED');
    this.#usedSecrets.add(secret ?? '');
    const node = `node-${createHash('sha256')
      .update(publicKey ?? '')
      .digest('hex')
      .slice(0, 16)}` as NodeId;
    this.nodeKeys.set(node, Buffer.from(publicKey ?? '', 'base64'));
    response.statusCode = 201;
    response.end(JSON.stringify(this.enrolmentAnswer(node, name)));
  }

  enrolmentAnswer(node: NodeId, name: string): Envelope {
    const payload = {
      node,
      name,
      project: PROJECT,
      coordinator: toBase64(this.key.publicKey),
      mqttUrl: this.mqttUrl,
      publishers: [{ name: 'tests', publicKey: toBase64(this.publisher.publicKey) }],
      serverTime: this.now(),
    };
    return sealEnvelope(nodeCrypto, ENROLMENT, payload, this.key);
  }

  #blob(url: string, range: string | undefined, response: ServerResponse): void {
    const bytes = this.blobs.get(decodeURIComponent(url.slice('/api/v1/blobs/'.length)) as Digest);
    if (bytes === undefined) return problem(response, 404, 'BLOB_NOT_FOUND');
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    if (from > 0) {
      response.statusCode = 206;
      response.setHeader('content-range', `bytes ${from}-${bytes.byteLength - 1}/${bytes.byteLength}`);
    }
    response.end(bytes.subarray(from));
  }
}

function problem(response: ServerResponse, status: number, code: string): void {
  response.statusCode = status;
  response.end(JSON.stringify({ type: 'about:blank', title: code, status, code, retry: 'never' }));
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

async function listen(broker: Aedes, port: number): Promise<{ port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    broker.handle(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
