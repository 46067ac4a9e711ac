import { asSedgeError, type Digest, type ModelInspection, type ModelManifest } from '@sedge/protocol';
import { deadlineSignal, untilAborted, type Clock, type Log } from '@sedge/kit';
import { type ModelHost, publishedInspection, startProcessHost } from '@sedge/runtime';
import type { InspectModel } from './inspect-model.ts';

export interface ModelInspectorOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly blobs: { readonly folder: string; pathOf(digest: Digest): string };
  readonly startHost?: typeof startProcessHost;
}

/** Publishing waits no longer; a file that nobody understands in this time is one for its author to look into. */
const INSPECTION_MS = 8_000;
/** Inspections are rare and strangers' files many: each gets a process of its own, which ends with it. */
const MEMORY_BYTES_MAX = 1024 * 1024 * 1024;

/** Looks into ONNX files. Components say in their manifest what they train. */
export function modelInspector({
  clock,
  log,
  blobs,
  startHost = startProcessHost,
}: ModelInspectorOptions): InspectModel {
  return async (manifest) => {
    if (manifest.format !== 'onnx') return undefined;
    const host = startHost({
      clock,
      log: log.child({ host: 'inspection' }),
      memoryBytesMax: MEMORY_BYTES_MAX,
      modelFolders: [blobs.folder],
    });
    try {
      return await inspect(host, manifest, { clock, blobs });
    } catch (error) {
      const { code, detail } = asSedgeError(error);
      log.info('a model could not be looked into', { model: manifest.name, version: manifest.version, error });
      return { trainable: 'unknown', reasons: [{ reason: `${code}: ${detail}`.slice(0, 2_000) }] };
    } finally {
      await host.stop();
    }
  };
}

async function inspect(
  host: ModelHost,
  { artifact: { digest }, format }: ModelManifest,
  { clock, blobs }: Pick<ModelInspectorOptions, 'clock' | 'blobs'>,
): Promise<ModelInspection> {
  using deadline = deadlineSignal({ clock, timeoutMs: INSPECTION_MS, code: 'MODEL_TIMEOUT' });
  await host.start();
  const files = { format, artifact: { path: blobs.pathOf(digest), digest } };
  return publishedInspection(await untilAborted(host.inspect(files), deadline.signal));
}
