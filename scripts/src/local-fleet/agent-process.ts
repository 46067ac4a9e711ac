import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { agentFolder, DatasetRegistry, type DatasetBindingInput } from '@sedge/agent';
import { silentLog } from '@sedge/kit';
import { SedgeError } from '@sedge/protocol';
import { Child } from './child-process.ts';
import { childEnvironment } from './child-environment.ts';

/** A data set of the owner of a node, and which rows of it are the node's. */
export type DatasetShare = DatasetBindingInput;

export interface AgentOptions {
  readonly name: string;
  readonly folder: string;
  /** Nodes in this process. */
  readonly identities: number;
  readonly env: Readonly<Record<string, string>>;
  /** See `ChildOptions`. */
  readonly launcher?: readonly string[];
}

/** An emulated agent takes its time. */
const READY_MS = 60_000;

/**
 * Many agents on one machine would measure their engines at the same time, all of them, and find out only how much they
 * disturb each other. Every machine has the portable engine.
 */
const ON_ONE_MACHINE = { SEDGE_ENGINE: 'onnx-web' } as const;

/** One `sedge-agent` process with one or more nodes. */
export class AgentProcess {
  readonly #options: AgentOptions;
  #child: Child | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
  }

  get identities(): number {
    return this.#options.identities;
  }

  get name(): string {
    return this.#options.name;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Exchanges the tokens, one per node, as `sedge-agent enrol` does. */
  async enrol(tokens: readonly string[]): Promise<void> {
    const { folder, name } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, 'enrolment-tokens');
    // Not on the command line, where every user of the machine could read them.
    await writeFile(file, tokens.join('\n'), { mode: 0o600 });
    this.#child = this.#spawn(['enrol', '--token-file', file, '--name', name]);
    const status = await this.#child.ended();
    await rm(file);
    if (status !== 0) throw new SedgeError('INTERNAL', `${name} did not enrol; see ${this.#logFile}`);
  }

  /** Binds data sets to the nodes, numbered from 0; the same as `sedge-agent dataset add`, without a process each. */
  async bind(sharesOf: (identity: number) => readonly DatasetShare[]): Promise<void> {
    const folder = agentFolder(this.#options.folder);
    for (let identity = 0; identity < this.identities; identity += 1) {
      const registry = new DatasetRegistry({ folder: folder.identity(identity + 1).datasets, log: silentLog });
      for (const share of sharesOf(identity)) await registry.add(share, { replace: true });
    }
  }

  async start(): Promise<void> {
    this.#child = this.#spawn(['run']);
    await this.#child.firstLine((line) => (line.startsWith('Running as ') ? line : undefined), READY_MS);
  }

  async stop(): Promise<void> {
    await this.#child?.stop();
  }

  /** As a power cut does. */
  async kill(): Promise<void> {
    await this.#child?.kill();
  }

  get #logFile(): string {
    return join(this.#options.folder, 'log');
  }

  #spawn(args: readonly string[]): Child {
    const { folder, name, env, launcher } = this.#options;
    return new Child({
      name,
      program: 'agent',
      args,
      ...(launcher && { launcher }),
      env: childEnvironment({ ...ON_ONE_MACHINE, ...env, SEDGE_AGENT_DIR: folder }),
      logFile: this.#logFile,
    });
  }
}
