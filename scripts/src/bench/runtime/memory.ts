import { inferAsBytes } from '@sedge/cli';
import { systemClock } from '@sedge/kit';
import type { EngineName, ModelName, Tensor } from '@sedge/protocol';
import { hasPublishedModels, NO_PUBLISHED_MODELS, readSqueezeNet } from '../../data/published-models.ts';
import { deployEverywhere, publish } from '../../demo/models.ts';
import { startFleet, type Fleet } from '../../local-fleet/fleet.ts';
import { childrenOf, proportionalBytes } from '../../soak/process-memory.ts';
import { rounded, type Benchmark } from '../benchmark.ts';

const SQUEEZENET = 'squeezenet' as ModelName;
const RUNS = 50;
const SETTLE_MS = 3_000;
const IMAGE: Tensor = {
  name: 'data_0',
  dataType: 'FP16',
  shape: [1, 3, 224, 224],
  data: new Uint8Array(2 * 3 * 224 * 224),
};

/** The proportional set size of an agent with all its children: without models, and after some runs of SqueezeNet. */
export const benchMemory: Benchmark = async (tell) => {
  const figures: Record<string, number | string> = {};
  for (const engine of ['onnx-node', 'onnx-web'] as const) {
    Object.assign(figures, await memoryWith(engine));
    tell(JSON.stringify(figures));
  }
  return figures;
};

async function memoryWith(engine: EngineName): Promise<Record<string, number | string>> {
  await using fleet = await startFleet({ agents: 1, env: { SEDGE_ENGINE: engine, SEDGE_LOG_LEVEL: 'warn' } });
  await systemClock.sleep(SETTLE_MS);
  const idleMB = await treeMegabytes(fleet);
  if (!hasPublishedModels) return { idleMB, [engine]: `skipped: ${NO_PUBLISHED_MODELS}` };
  const artifact = new Uint8Array(await readSqueezeNet());
  const version = await publish(
    { client: fleet.client, key: fleet.publisherKey },
    { name: SQUEEZENET, artifact, description: 'an image classifier' },
  );
  await deployEverywhere(fleet.client, version);
  for (let run = 0; run < RUNS; run += 1) await inferAsBytes(fleet.client, { name: SQUEEZENET }, [IMAGE]);
  await systemClock.sleep(SETTLE_MS);
  return { idleMB, [`${engine}MB`]: await treeMegabytes(fleet) };
}

async function treeMegabytes({ agents: [agent] }: Fleet): Promise<number> {
  const bytes = await treeBytes(agent?.pid ?? 0);
  return rounded(bytes / 1e6, 1);
}

async function treeBytes(pid: number): Promise<number> {
  const parts = await Promise.all((await childrenOf(pid)).map(treeBytes));
  return parts.reduce((sum, bytes) => sum + bytes, (await proportionalBytes(pid)) ?? 0);
}
