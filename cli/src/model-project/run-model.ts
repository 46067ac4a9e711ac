import { SedgeError, type FunctionSpec, type Tensor } from '@sedge/protocol';
import { encodeAnswer, requestTensors, type InferRequest, type InferResponse } from '@sedge/protocol/open-inference';
import type { Clock, Log } from '@sedge/kit';
import { requestOf } from '../inference-request.ts';
import { filesOf, withLocalHost, type LocalModel } from '../local-host.ts';

export interface RunRequest {
  /** A request of the Open Inference Protocol, or the values of the one input. */
  readonly input: unknown;
  /** The first one if nothing is said. */
  readonly functionName?: string | undefined;
  readonly repeat: number;
}

export interface Timing {
  readonly runs: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly leastMs: number;
}

export interface RanModel {
  readonly function: string;
  readonly outputs: InferResponse['outputs'];
  /** From here to the sandbox and back. */
  readonly timing: Timing;
}

const CALL_TIMEOUT_MS = 60_000;

/** Runs a model in the host that a node runs it in. Throws what that host throws, and BAD_REQUEST or USAGE. */
export function runModel(model: LocalModel, asked: RunRequest, clock: Clock, log: Log): Promise<RanModel> {
  return withLocalHost(async (host) => {
    const { functions } = await host.open('model', filesOf(model));
    const spec = chosenFunction(functions, asked.functionName);
    const request = await requestOf(asked.input, () => Promise.resolve(namedInputs(spec)));
    const inputs = requestTensors({ request, binary: new Uint8Array() });
    const run = () => host.run('model', spec.name, inputs, { timeoutMs: CALL_TIMEOUT_MS });
    const { outputs, timesMs } = await timed(run, asked.repeat, clock);
    return { function: spec.name, outputs: outputsAsJson(request, outputs), timing: timingOf(timesMs) };
  }, log);
}

function chosenFunction(functions: readonly FunctionSpec[], name: string | undefined): FunctionSpec {
  const found = name === undefined ? functions[0] : functions.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  const known = functions.map((candidate) => candidate.name).join(', ');
  throw new SedgeError('FUNCTION_NOT_FOUND', `known functions: ${known}`, { expose: true });
}

function namedInputs({ inputs }: FunctionSpec) {
  return inputs.map(({ name, dataType }) => ({ name, datatype: dataType }));
}

async function timed(run: () => Promise<Tensor[]>, repeat: number, clock: Clock) {
  const timesMs: number[] = [];
  let outputs: Tensor[] = [];
  for (let count = 0; count < repeat; count += 1) {
    const startMs = clock.monotonicMs();
    outputs = await run();
    timesMs.push(clock.monotonicMs() - startMs);
  }
  return { outputs, timesMs };
}

function outputsAsJson(request: InferRequest, outputs: readonly Tensor[]): InferResponse['outputs'] {
  // The model has no name here, and its answer is shown without one.
  const model = { name: 'local', version: 1 } as Parameters<typeof encodeAnswer>[1]['model'];
  const { body } = encodeAnswer(request, { model, outputs, parameters: {} });
  return (JSON.parse(new TextDecoder().decode(body)) as InferResponse).outputs;
}

/** Quantiles by the nearest rank. */
function timingOf(timesMs: readonly number[]): Timing {
  const sorted = timesMs.toSorted((left, right) => left - right);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { runs: sorted.length, medianMs: at(0.5), p95Ms: at(0.95), leastMs: sorted[0] ?? 0 };
}
