import { rename, rm, writeFile } from 'node:fs/promises';
import type { Clock } from '@sedge/kit';
import { heldDataset, modelStatus, nodeId, projectId, SHEDDING_REASONS } from '@sedge/protocol';
import { z } from 'zod';
import { readJsonIfThere } from '../storage/read-file.ts';

const identityStatus = z.object({
  number: z.int().min(1),
  node: nodeId,
  name: z.string(),
  project: projectId,
  coordinator: z.string(),
  connected: z.boolean(),
  /** Why it is not connected, where the broker refused it. */
  refusal: z.object({ code: z.string(), say: z.string(), detail: z.string(), since: z.iso.datetime() }).optional(),
  twinVersion: z.int(),
  models: z.array(modelStatus),
  datasets: z.array(heldDataset),
  queue: z.object({ inference: z.int(), training: z.int() }),
  /** Why it takes no work for now. */
  shedding: z.enum(SHEDDING_REASONS).optional(),
});
export type IdentityStatus = z.infer<typeof identityStatus>;

/** What a running agent says of itself to commands on the same machine. */
const agentStatus = z.object({
  processId: z.int().positive(),
  agent: z.string(),
  startedAt: z.iso.datetime(),
  at: z.iso.datetime(),
  /** Where programs on this machine ask for inference. */
  localUrl: z.string().optional(),
  identities: z.array(identityStatus),
});
export type AgentStatus = z.infer<typeof agentStatus>;

/** Undefined where no agent has run. Throws STATE_UNREADABLE. */
export function readStatus(path: string): Promise<AgentStatus | undefined> {
  return readJsonIfThere(path, agentStatus);
}

export interface StatusFileOptions {
  readonly path: string;
  readonly processId: number;
  readonly agent: string;
  readonly clock: Pick<Clock, 'now'>;
}

/** A status that did not change is written so rarely that a memory card does not wear out. */
const UNCHANGED_MS = 60_000;

export class StatusFile {
  readonly #options: StatusFileOptions;
  readonly #startedAt: string;
  #last: { readonly content: string; readonly atMs: number } | undefined;

  constructor(options: StatusFileOptions) {
    this.#options = options;
    this.#startedAt = new Date(options.clock.now()).toISOString();
  }

  /** Not synchronised to the disk: after a power cut nobody asks for it. */
  async write(identities: readonly IdentityStatus[], localUrl?: string): Promise<void> {
    const { path, processId, agent, clock } = this.#options;
    const atMs = clock.now();
    const told = { ...(localUrl !== undefined && { localUrl }), identities };
    const content = JSON.stringify(told);
    if (this.#last?.content === content && atMs - this.#last.atMs < UNCHANGED_MS) return;
    const status = { processId, agent, startedAt: this.#startedAt, at: new Date(atMs).toISOString(), ...told };
    await writeFile(`${path}.new`, `${JSON.stringify(status)}\n`, { mode: 0o600 });
    await rename(`${path}.new`, path);
    this.#last = { content, atMs };
  }

  async remove(): Promise<void> {
    await rm(this.#options.path, { force: true });
  }
}
