import { systemClock } from '@sedge/kit/clock';
import { type EngineName, type FunctionSpec, SedgeError, type Tensor, type TensorSpec } from '@sedge/protocol/core';
import type { InferenceSession, Tensor as OnnxTensor, TypedTensor } from 'onnxruntime-web';
import { arrangeInputs, arrangeOutputs, findFunction } from '../check-call.ts';
import { areFunctions } from '../check-functions.ts';
import type { Engine, ModelContent, ModelMetadata, Session } from '../engine.ts';
import { checkOnnx } from '../onnx-check/check-onnx.ts';
import { autodiffEngine } from '../training/autodiff-engine.ts';
import { GraphStore } from '../training/derived-graphs.ts';
import { bytesOf, textsOf } from './bytes-elements.ts';
import { refusalOfModel, failureOfRun } from './onnx-errors.ts';
import { dataTypeOf, onnxTypeOf, typedArrayOf } from './onnx-types.ts';
import { withWeights } from './onnx-weights.ts';

/** What the two builds of ONNX Runtime have in common: the same classes over WebAssembly and over native code. */
export interface OnnxRuntime {
  readonly Tensor: typeof OnnxTensor;
  readonly InferenceSession: { create(file: Uint8Array, options: SessionOptions): Promise<InferenceSession> };
}

export type SessionOptions = InferenceSession.SessionOptions;

/** What training takes of its host. */
export interface OnnxTrainingRoom {
  /** Graphs that were derived before. */
  readonly graphs?: GraphStore;
  /** What a training may take together. */
  readonly memoryBytesMax?: number;
}

export interface OnnxEngineOptions {
  readonly name: EngineName;
  /** Execution providers that may be asked for, the usual one first. */
  readonly providers: readonly [string, ...string[]];
  readonly sessionOptions?: SessionOptions;
  /** Called with every model: loads what is not loaded. Throws ENGINE_UNAVAILABLE. */
  readonly load: () => Promise<OnnxRuntime>;
}

/** An ONNX graph is one function. */
const FUNCTION_NAME = 'infer';
/** Only what ends the process: errors are thrown as well, and a model that fails with every call must not flood a log. */
const LOG_SEVERITY = 4;
/** Of a training whose host says nothing. */
const MEMORY_BYTES_MAX = 1024 * 1024 * 1024;

/** An engine over a build of ONNX Runtime. A file is checked before that sees it. */
export function onnxEngine(options: OnnxEngineOptions, room: OnnxTrainingRoom = {}): Engine {
  const { name, providers, load } = options;
  const { graphs = new GraphStore(), memoryBytesMax = MEMORY_BYTES_MAX } = room;
  return {
    name,
    async open(content) {
      const provider = providerFor(content, name, providers);
      checkOnnx(content.artifact);
      const runtime = await load();
      const file = withWeights(content.artifact, content.weights ?? []);
      const session = await createSession(runtime, file, { ...options.sessionOptions, provider });
      return new OnnxSession(runtime, session, { engine: name, provider });
    },
    async openTraining({ artifact, weights = [], ...content }) {
      const provider = providerFor({ ...content, artifact }, name, providers);
      checkOnnx(artifact);
      const runtime = await load();
      const engineWith = (more: SessionOptions) =>
        autodiffEngine({
          Tensor: runtime.Tensor,
          openGraph: (file) => createSession(runtime, file, { ...options.sessionOptions, ...more, provider }),
        });
      // Loaded with the first training: a node that only serves never needs it.
      const { OnnxTraining } = await import('../training/onnx-training.ts');
      return new OnnxTraining({
        artifact,
        weights,
        graphs,
        memoryBytesMax,
        // A graph that runs once is not worth to be optimised.
        engine: engineWith({ graphOptimizationLevel: 'disabled' }),
        stepEngine: engineWith({}),
        clock: systemClock,
      });
    },
  };
}

function providerFor({ provider }: ModelContent, engine: EngineName, known: OnnxEngineOptions['providers']): string {
  if (provider === undefined) return known[0];
  if (known.includes(provider)) return provider;
  const detail = `${engine} has no provider ${provider}; it has ${known.join(', ')}`;
  throw new SedgeError('ENGINE_UNAVAILABLE', detail, { expose: true });
}

async function createSession(
  { InferenceSession }: OnnxRuntime,
  file: Uint8Array,
  { provider, ...options }: SessionOptions & { provider: string },
): Promise<InferenceSession> {
  try {
    // One provider only: ONNX Runtime would fall back to another one without a word, or fail with the whole list.
    return await InferenceSession.create(file, {
      ...options,
      executionProviders: [provider],
      logSeverityLevel: LOG_SEVERITY,
    });
  } catch (cause) {
    throw refusalOfModel(cause);
  }
}

class OnnxSession implements Session {
  readonly #runtime: OnnxRuntime;
  readonly #session: InferenceSession;
  readonly metadata: ModelMetadata;

  constructor(runtime: OnnxRuntime, session: InferenceSession, about: Omit<ModelMetadata, 'functions'>) {
    this.#runtime = runtime;
    this.#session = session;
    this.metadata = { ...about, functions: [describe(session)] };
  }

  async run(functionName: string, inputs: readonly Tensor[]): Promise<Tensor[]> {
    const spec = findFunction(this.metadata.functions, functionName);
    const feeds: Record<string, OnnxTensor> = {};
    for (const input of arrangeInputs(spec.inputs, inputs)) feeds[input.name] = toOnnx(this.#runtime, input);
    const results = await this.#compute(feeds);
    return arrangeOutputs(spec.outputs, Object.entries(results).map(fromOnnx));
  }

  async close(): Promise<void> {
    await this.#session.release();
  }

  /** Without tensors for the results: one build ignores them, and they save nothing in the other. */
  async #compute(feeds: Record<string, OnnxTensor>): Promise<InferenceSession.ReturnType> {
    try {
      return await this.#session.run(feeds, { logSeverityLevel: LOG_SEVERITY });
    } catch (cause) {
      throw failureOfRun(cause);
    }
  }
}

function describe({ inputMetadata, outputMetadata }: InferenceSession): FunctionSpec {
  const spec = { name: FUNCTION_NAME, inputs: inputMetadata.map(specOf), outputs: outputMetadata.map(specOf) };
  if (areFunctions([spec])) return spec;
  throw new SedgeError('ONNX_LIMIT_EXCEEDED', 'too many or too long names');
}

function specOf(value: InferenceSession.ValueMetadata): TensorSpec {
  if (!value.isTensor) throw new SedgeError('ONNX_OPERATOR_UNKNOWN', `${value.name} is no tensor`, { expose: true });
  // A name stands for a dimension that the caller chooses.
  const shape = value.shape.map((dimension) => (typeof dimension === 'number' && dimension >= 0 ? dimension : -1));
  return { name: value.name, dataType: dataTypeOf(value.type), shape };
}

function toOnnx({ Tensor }: OnnxRuntime, { dataType, shape, data }: Tensor): OnnxTensor {
  const type = onnxTypeOf(dataType);
  if (type === 'string') return new Tensor('string', textsOf(data), shape);
  const make = Tensor as new (type: string, data: unknown, shape: readonly number[]) => OnnxTensor;
  return new make(type, typedArrayOf(type, data), shape);
}

function fromOnnx([name, value]: [string, unknown]): Tensor {
  const { type, dims, data } = value as OnnxTensor;
  return { name, dataType: dataTypeOf(type), shape: [...dims], data: bytesOfData(data) };
}

/** Results in a buffer of their own are taken as they are; others lie in memory that the next run may use again. */
function bytesOfData(data: TypedTensor<OnnxTensor.Type>['data']): Uint8Array {
  if (Array.isArray(data)) return bytesOf(data);
  const { buffer, byteOffset, byteLength } = data as Uint8Array;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return byteLength === buffer.byteLength ? bytes : bytes.slice();
}
