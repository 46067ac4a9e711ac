import { Backoff, mqttBus, nodeCrypto, silentLog, systemClock, systemRandomness, type Bus } from '@sedge/kit';
import {
  channels,
  encodeJson,
  issueNodeToken,
  topicOf,
  type BootId,
  type Heartbeat,
  type KeyId,
  type KeyPair,
  type NodeAddress,
} from '@sedge/protocol';

export interface SpeakerIdentity {
  readonly address: NodeAddress;
  readonly coordinator: KeyId;
  readonly key: KeyPair;
}

const BOOT = 'boot-bench' as BootId;

const resources: Heartbeat['resources'] = {
  cpu: { cores: 4, usedFraction: 0.31, load1: 1.2 },
  memory: { totalBytes: 8_239_173_632, availableBytes: 5_120_000_000, processBytes: 91_000_000 },
  disk: { totalBytes: 62_000_000_000, freeBytes: 40_000_000_000 },
  temperatureC: 51.2,
  uptimeS: 86_400,
};

/** A node that only says what an agent says while nothing happens. */
export class Speaker {
  readonly #address: NodeAddress;
  readonly #bus: Bus;
  #beats = 0;

  constructor(url: string, { address, coordinator, key }: SpeakerIdentity) {
    this.#address = address;
    this.#bus = mqttBus({
      url,
      clientId: address.node,
      keepaliveS: 60,
      credentials: () => Promise.resolve({ username: address.node, password: tokenOf(address, coordinator, key) }),
      clock: systemClock,
      log: silentLog,
      backoff: new Backoff({ baseMs: 100, capMs: 1_000, randomness: systemRandomness }),
    });
  }

  /** Connects and introduces itself, so that its heartbeats are taken. */
  async start(): Promise<void> {
    await this.#bus.start();
    const at = systemClock.now();
    const state = encodeJson(channels.state, { online: true, boot: BOOT, agent: '0.1.0', at });
    await this.#bus.publish(topicOf(channels.state, this.#address), state, { qos: 1, retain: true });
    const birth = {
      boot: BOOT,
      at,
      agent: '0.1.0',
      platform: { os: 'Debian 12', arch: 'arm64', nodeVersion: '20.19.0', cpuModel: 'Cortex-A76' },
      resources,
      engines: [],
      datasets: [],
      models: [],
    };
    await this.#bus.publish(topicOf(channels.birth, this.#address), encodeJson(channels.birth, birth), { qos: 1 });
  }

  async beat(): Promise<void> {
    const heartbeat: Heartbeat = {
      boot: BOOT,
      seq: this.#beats,
      at: systemClock.now(),
      resources: { ...resources, uptimeS: resources.uptimeS + this.#beats },
      engines: ['onnx-web', 'component'],
      models: [],
      queue: { inference: 0, training: 0 },
    };
    this.#beats += 1;
    const payload = encodeJson(channels.heartbeat, heartbeat);
    await this.#bus.publish(topicOf(channels.heartbeat, this.#address), payload, { qos: 0 });
  }

  stop(): Promise<void> {
    return this.#bus.stop();
  }
}

function tokenOf({ node }: NodeAddress, coordinator: KeyId, key: KeyPair): string {
  return issueNodeToken(nodeCrypto, { node, coordinator, key, nowMs: systemClock.now() });
}
