import { silentLog, systemClock, type Log } from '@sedge/kit';
import { decodeSafetensors, type ModelFormat } from '@sedge/protocol';
import { startProcessHost, type ModelFiles, type ModelHost } from '@sedge/runtime';

/** A model that somebody wrote, and its weights as safetensors. */
export interface LocalModel {
  readonly format: ModelFormat;
  readonly artifact: Uint8Array;
  readonly weights?: Uint8Array | undefined;
}

/** Does work with a host like that of a node, a child process without rights, and ends it. */
export async function withLocalHost<Result>(
  work: (host: ModelHost) => Promise<Result>,
  log: Log = silentLog,
): Promise<Result> {
  const host = startProcessHost({ clock: systemClock, log });
  try {
    return await work(host);
  } finally {
    await host.stop();
  }
}

/** Throws MODEL_INVALID for weights that are no safetensors. */
export function filesOf({ format, artifact, weights }: LocalModel): ModelFiles {
  return { format, artifact, ...(weights === undefined ? {} : { weights: decodeSafetensors(weights) }) };
}
