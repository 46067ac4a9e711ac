import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeCrypto, systemClock, systemProcesses, systemRandomness } from '@sedge/kit';
import { collectingLog, type CollectingLog } from '@sedge/kit/testing';
import {
  encodeSafetensors,
  toUtf8,
  type Digest,
  type ModelManifest,
  type ModelName,
  type NodeId,
} from '@sedge/protocol';
import { initialMlpWeights, mlpParameters } from '@sedge/runtime';
import { readModel } from '@sedge/wasm-models';
import { buildModels } from '@sedge/wasm-models/build';
import { createAgent, loadIdentities, type Agent } from '../../src/app.ts';
import type { AgentConfig } from '../../src/config.ts';
import { DatasetRegistry } from '../../src/datasets/registry.ts';
import { agentFolder, type AgentFolder } from '../../src/identity/agent-folder.ts';
import { enrol } from '../../src/identity/enrol.ts';
import { storeIdentity } from '../../src/identity/identity.ts';
import type { BoardSource } from '../../src/telemetry/board-source.ts';
import { linuxBoard } from '../../src/telemetry/linux-board.ts';
import { CoordinatorDoor } from '../../src/uplink/coordinator-door.ts';
import { httpExchange } from '../../src/uplink/http-exchange.ts';
import type { CoordinatorDouble } from './coordinator-double.ts';

export const LAYERS = [4, 6, 3] as const;

const THIS_MACHINE = linuxBoard({ nodeVersion: 'v20', arch: 'x64', residentBytes: () => 1, cpuMs: () => 1 });

/** An enrolled agent in a temporary folder. */
export class SmallAgent {
  readonly folder: AgentFolder;
  readonly log: CollectingLog = collectingLog();
  nodes: NodeId[] = [];
  #agent: Agent | undefined;

  private constructor(root: string) {
    this.folder = agentFolder(root);
  }

  static async enrolled(coordinator: CoordinatorDouble, identities = 1): Promise<SmallAgent> {
    const small = new SmallAgent(await mkdtemp(join(tmpdir(), 'sedge-agent-')));
    const door = new CoordinatorDoor(httpExchange);
    for (let number = 1; number <= identities; number += 1) {
      const { identity, key } = await enrol({
        token: coordinator.enrolmentToken(),
        name: `pi-${number}`,
        crypto: nodeCrypto,
        clock: systemClock,
        send: (url, request) => door.enrol(url, request),
      });
      await storeIdentity({ folder: small.folder.identity(number), identity, key });
      small.nodes.push(identity.node);
    }
    return small;
  }

  get node(): NodeId {
    const [first] = this.nodes;
    if (first === undefined) throw new Error('not enrolled');
    return first;
  }

  async start(config: Partial<AgentConfig> = {}, board: BoardSource = THIS_MACHINE): Promise<Agent> {
    const held = await loadIdentities(this.folder);
    this.#agent = createAgent(held, {
      folder: this.folder,
      config: {
        directory: this.folder.root,
        heartbeatMs: 100,
        blobRoad: 'auto',
        cacheBytesMax: 2 ** 30,
        engine: 'auto',
        isolation: 'process',
        lowMemory: false,
        modelMemoryMb: undefined,
        localPort: undefined,
        shedTemperatureC: 0,
        shedBattery: 0,
        logLevel: 'debug',
        logFormat: 'json',
        ...config,
      },
      clock: systemClock,
      crypto: nodeCrypto,
      randomness: systemRandomness,
      log: this.log,
      board,
      http: httpExchange,
      processes: systemProcesses(process.pid),
    });
    await this.#agent.start();
    return this.#agent;
  }

  async stop(): Promise<void> {
    await this.#agent?.stop();
    this.#agent = undefined;
  }

  /** Binds rows of four features and a label of three classes. */
  async addDataset(name: string, rows: readonly (readonly number[])[], number = 1): Promise<void> {
    const path = join(this.folder.root, `${name}-${number}.csv`);
    await writeFile(path, rows.map((row) => row.join(',')).join('\n'));
    const registry = new DatasetRegistry({ folder: this.folder.identity(number).datasets, log: this.log });
    await registry.add({
      name,
      source: { kind: 'csv', path, header: false, label: -1 },
      schema: { features: { shape: [4] }, classes: ['0', '1', '2'] },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.folder.root, { recursive: true, force: true });
  }
}

export interface SmallModel {
  readonly manifest: ModelManifest;
  readonly artifact: Digest;
  readonly weights: Digest;
}

/** The perceptron of the project with small layers, its content stored at the coordinator. */
export async function smallModel(coordinator: CoordinatorDouble, name = 'small', version = 1): Promise<SmallModel> {
  await buildModels();
  const component = await readModel('mlp');
  const file = encodeSafetensors(initialMlpWeights(LAYERS, toUtf8('seed')));
  const artifact = coordinator.store(component);
  const weights = coordinator.store(file);
  const features = { name: 'features', dataType: 'FP32', shape: [-1, 4] } as const;
  const probabilities = { name: 'probabilities', dataType: 'FP32', shape: [-1, 3] } as const;
  const manifest: ModelManifest = {
    schema: 'sedge.model/v1',
    name: name as ModelName,
    version,
    format: 'component',
    artifact: { digest: artifact, sizeBytes: component.byteLength },
    weights: { digest: weights, sizeBytes: file.byteLength },
    functions: [
      { name: 'infer', inputs: [{ ...features, shape: [-1, 4] }], outputs: [{ ...probabilities, shape: [-1, 3] }] },
    ],
    parameters: mlpParameters(LAYERS),
    createdAt: '2026-01-01T00:00:00Z',
  };
  return { manifest, artifact, weights };
}
