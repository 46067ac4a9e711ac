import { describeModel, inferAsBytes, inferAsJson, type Client } from '@sedge/cli';
import { silentLog, systemClock } from '@sedge/kit';
import { float32Tensor, type Tensor } from '@sedge/protocol';
import type { InferResponse } from '@sedge/protocol/routes';
import { startWorkerHost, type ModelHost } from '@sedge/runtime';
import { centroidModel } from '../../data/centroid-classifier.ts';
import { DIGIT_PIXELS } from '../../data/digits-table.ts';
import { digitsOf, type DigitExamples } from '../../data/digits.ts';
import { drawnDigits } from '../../data/drawn-digits.ts';
import { CENTROIDS, deployEverywhere, publish } from '../../demo/models.ts';
import { startFleet } from '../../local-fleet/fleet.ts';
import { quantile } from '../../quantile.ts';
import { rounded, type Benchmark } from '../benchmark.ts';

const BLOCKS = 10;
const REQUESTS_PER_BLOCK = 100;
const WARM_UP = 100;
const TIMEOUT_MS = 10_000;

/** Milliseconds of one request; of those through the coordinator also what the node says of them. */
interface Sample {
  readonly totalMs: number;
  readonly queueMs: number;
  readonly computeMs: number;
}

type Ask = (row: number) => Promise<Sample>;

/**
 * The latency of one small request after the other, through coordinator and agent over loopback, with binary tensors
 * and with JSON, against the same model in the same kind of host in this process. Blocks of the three take turns.
 */
export const benchInference: Benchmark = async (tell) => {
  const { train, test } = digitsOf(drawnDigits('bench'));
  const artifact = centroidModel(train);
  await using fleet = await startFleet({ agents: 1, env: { SEDGE_LOG_LEVEL: 'warn' } });
  const publishing = { client: fleet.client, key: fleet.publisherKey };
  const version = await publish(publishing, { name: CENTROIDS, artifact, description: 'nearest class mean' });
  await deployEverywhere(fleet.client, version);
  const host = startWorkerHost({ clock: systemClock, log: silentLog });
  try {
    const direct = await directAsk(host, artifact, test);
    return await measure({ direct, binary: binaryAsk(fleet.client, test), json: jsonAsk(fleet.client, test) }, tell);
  } finally {
    await host.stop();
  }
};

function imageOf({ features, rows }: DigitExamples, row: number): Tensor {
  const from = (row % rows) * DIGIT_PIXELS;
  return float32Tensor('features', [1, DIGIT_PIXELS], features.subarray(from, from + DIGIT_PIXELS));
}

async function directAsk(host: ModelHost, artifact: Uint8Array<ArrayBuffer>, examples: DigitExamples): Promise<Ask> {
  await host.open('model', { format: 'onnx', artifact });
  const [first] = (await describeModel({ format: 'onnx', artifact })).functions;
  return async (row) => {
    const startedMs = systemClock.monotonicMs();
    await host.run('model', first?.name ?? '', [imageOf(examples, row)], { timeoutMs: TIMEOUT_MS });
    return { totalMs: systemClock.monotonicMs() - startedMs, queueMs: 0, computeMs: 0 };
  };
}

function binaryAsk(client: Client, examples: DigitExamples): Ask {
  return async (row) => {
    const startedMs = systemClock.monotonicMs();
    const { response } = await inferAsBytes(client, { name: CENTROIDS }, [imageOf(examples, row)]);
    return sampleOf(startedMs, response);
  };
}

function jsonAsk(client: Client, examples: DigitExamples): Ask {
  return async (row) => {
    const from = (row % examples.rows) * DIGIT_PIXELS;
    const data = [...examples.features.subarray(from, from + DIGIT_PIXELS)];
    const startedMs = systemClock.monotonicMs();
    const input = { name: 'features', datatype: 'FP32' as const, shape: [1, DIGIT_PIXELS], data };
    return sampleOf(startedMs, await inferAsJson(client, { name: CENTROIDS }, { inputs: [input] }));
  };
}

function sampleOf(startedMs: number, { parameters }: InferResponse): Sample {
  const totalMs = systemClock.monotonicMs() - startedMs;
  return { totalMs, queueMs: Number(parameters?.['queue_ms']), computeMs: Number(parameters?.['compute_ms']) };
}

async function measure(roads: Readonly<Record<'direct' | 'binary' | 'json', Ask>>, tell: (line: string) => void) {
  const samples = { direct: [] as Sample[], binary: [] as Sample[], json: [] as Sample[] };
  const names = ['direct', 'binary', 'json'] as const;
  for (const name of names) await block(roads[name], WARM_UP);
  for (let round = 0; round < BLOCKS; round += 1) {
    for (const name of names) samples[name].push(...(await block(roads[name], REQUESTS_PER_BLOCK)));
  }
  const figures = {
    requests: BLOCKS * REQUESTS_PER_BLOCK,
    direct: latencyOf(samples.direct),
    binary: { ...latencyOf(samples.binary), ...whereTimeGoes(samples.binary) },
    json: { ...latencyOf(samples.json), ...whereTimeGoes(samples.json) },
    ratioP50: ratioOf(samples, 0.5),
    ratioP99: ratioOf(samples, 0.99),
  };
  for (const name of names) tell(`${name}: ${JSON.stringify(figures[name])}`);
  tell(`binary through coordinator and agent takes ${figures.ratioP50} times the direct call at p50`);
  return figures;
}

async function block(ask: Ask, requests: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let row = 0; row < requests; row += 1) samples.push(await ask(row));
  return samples;
}

function latencyOf(samples: readonly Sample[]) {
  const totals = samples.map(({ totalMs }) => totalMs);
  return { p50Ms: rounded(quantile(totals, 0.5), 3), p99Ms: rounded(quantile(totals, 0.99), 3) };
}

/** Medians: in the queue of the node, in its engine, and everything between: HTTP, broker, frames, agent. */
function whereTimeGoes(samples: readonly Sample[]) {
  const middle = (pick: (sample: Sample) => number) => rounded(quantile(samples.map(pick), 0.5), 3);
  return {
    queueMs: middle(({ queueMs }) => queueMs),
    computeMs: middle(({ computeMs }) => computeMs),
    transportMs: middle(({ totalMs, queueMs, computeMs }) => totalMs - queueMs - computeMs),
  };
}

function ratioOf({ direct, binary }: Readonly<Record<'direct' | 'binary', readonly Sample[]>>, share: number): number {
  const at = (samples: readonly Sample[]) =>
    quantile(
      samples.map(({ totalMs }) => totalMs),
      share,
    );
  return rounded(at(binary) / at(direct));
}
