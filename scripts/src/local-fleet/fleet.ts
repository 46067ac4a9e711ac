import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@sedge/cli';
import { nodeCrypto, systemClock } from '@sedge/kit';
import { SedgeError, toBase64, type KeyPair } from '@sedge/protocol';
import { routes, type NodeView } from '@sedge/protocol/routes';
import { AgentProcess, type DatasetShare } from './agent-process.ts';
import { CoordinatorProcess } from './coordinator-process.ts';
import { temporaryFolder } from './folder.ts';

export interface FleetOptions {
  /** Processes. */
  readonly agents: number;
  /** Nodes in each process. */
  readonly identities?: number;
  /** State and logs lie here; a temporary folder, removed at the end, if nothing is said. */
  readonly folder?: string;
  /** 0, any free one, if nothing is said. */
  readonly httpPort?: number;
  readonly mqttPort?: number;
  /** What the nodes hold, bound before they start. */
  readonly sharesOf?: (place: { readonly agent: number; readonly identity: number }) => readonly DatasetShare[];
  /** Told after each step that takes time. */
  readonly onProgress?: (words: string) => void;
  readonly env?: Readonly<Record<string, string>>;
  /** What the agents run on, see `ChildOptions`; the coordinator always runs on this Node.js. */
  readonly agentLauncher?: readonly string[];
}

/** Its folder in that of the fleet. */
const COORDINATOR = 'coordinator';
const READY_MS = 60_000;
const POLL_MS = 100;

/** A coordinator and agents in processes of their own, on this machine. */
export class Fleet {
  readonly folder: string;
  readonly coordinator: CoordinatorProcess;
  readonly agents: readonly AgentProcess[];
  /** The publisher that the nodes trust. */
  readonly publisherKey: KeyPair = nodeCrypto.generateKeyPair();
  readonly #isTemporary: boolean;
  readonly #options: FleetOptions;

  constructor(options: FleetOptions, folder: string) {
    const { agents, identities = 1, httpPort = 0, mqttPort = 0, env = {}, agentLauncher: launcher } = options;
    this.#options = options;
    this.#isTemporary = options.folder === undefined;
    this.folder = folder;
    this.coordinator = new CoordinatorProcess({ folder: join(folder, COORDINATOR), httpPort, mqttPort, env });
    this.agents = Array.from({ length: agents }, (_, index) => {
      const name = `agent-${index + 1}`;
      return new AgentProcess({ name, folder: join(folder, name), identities, env, ...(launcher && { launcher }) });
    });
  }

  /** With the token that may do everything. */
  get client(): Client {
    return new Client({ url: this.coordinator.httpUrl, token: this.coordinator.adminToken });
  }

  /** Starts everything and waits until each node is online. */
  async start(): Promise<void> {
    const { sharesOf = () => [], onProgress = () => undefined } = this.#options;
    await this.coordinator.start();
    onProgress(`coordinator at ${this.coordinator.httpUrl}, broker at ${this.coordinator.mqttUrl}`);
    await this.#trustPublisher();
    await Promise.all(this.agents.map((agent) => this.#enrol(agent)));
    await Promise.all(
      this.agents.map((agent, index) => agent.bind((identity) => sharesOf({ agent: index, identity }))),
    );
    onProgress(`${this.nodeCount} nodes are enrolled`);
    await Promise.all(this.agents.map((agent) => agent.start()));
    await this.online();
    onProgress(`${this.nodeCount} nodes are online`);
  }

  get nodeCount(): number {
    return this.agents.reduce((sum, { identities }) => sum + identities, 0);
  }

  /** All nodes, once so many of them are online. Throws NODE_OFFLINE when that takes too long. */
  async online(count = this.nodeCount, timeoutMs = READY_MS): Promise<readonly NodeView[]> {
    const deadlineMs = systemClock.monotonicMs() + timeoutMs;
    for (;;) {
      const { items } = await this.client.call(routes.listNodes, { query: { limit: 1_000 } });
      const online = items.filter(({ status }) => status === 'online').length;
      if (online === count) return items;
      if (systemClock.monotonicMs() > deadlineMs) {
        throw new SedgeError('NODE_OFFLINE', `${online} of ${count} nodes are online; logs lie in ${this.folder}`);
      }
      await systemClock.sleep(POLL_MS);
    }
  }

  /** Ends every process; the nodes first, so that they can say goodbye. Fine twice. */
  async stop(): Promise<void> {
    await Promise.allSettled(this.agents.map((agent) => agent.stop()));
    await this.coordinator.stop();
    if (this.#isTemporary) await rm(this.folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #trustPublisher(): Promise<void> {
    const publicKey = toBase64(this.publisherKey.publicKey);
    await this.client.call(routes.addPublisher, { body: { name: 'local-fleet', publicKey } });
  }

  async #enrol(agent: AgentProcess): Promise<void> {
    const { tokens } = await this.client.call(routes.createEnrolmentToken, { body: { count: agent.identities } });
    await agent.enrol(tokens.map(({ token }) => token));
  }
}

/** A fleet that is not started yet, in its folder. */
export async function makeFleet(options: FleetOptions): Promise<Fleet> {
  const folder = options.folder ?? (await temporaryFolder());
  await mkdir(folder, { recursive: true });
  await refuseUsed(folder);
  return new Fleet(options, folder);
}

/** The admin token of an earlier fleet was shown once, and its nodes are enrolled: it cannot be made again. */
async function refuseUsed(folder: string): Promise<void> {
  if (!(await readdir(folder)).includes(COORDINATOR)) return;
  throw new SedgeError('USAGE', `${folder} holds a fleet already; choose another folder, or remove it`, {
    expose: true,
  });
}

/** Starts a fleet; if that fails, nothing of it is left running. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const fleet = await makeFleet(options);
  try {
    await fleet.start();
    return fleet;
  } catch (error) {
    await fleet.stop();
    throw error;
  }
}
