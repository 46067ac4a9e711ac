import { type FunctionSpec, functionSpec, SedgeError, type Tensor, type TensorSpec } from '@sedge/protocol';
import type * as OnnxRuntime from 'onnxruntime-web';
import type { InferenceSession, Tensor as OnnxTensor, TypedTensor } from 'onnxruntime-web';
import { arrangeInputs, arrangeOutputs, findFunction } from '../check-call.ts';
import type { Engine, ModelMetadata, ModelContent, Session } from '../engine.ts';
import { bytesOf, textsOf } from './bytes-elements.ts';
import { dataTypeOf, onnxTypeOf, typedArrayOf } from './onnx-types.ts';

type Runtime = typeof OnnxRuntime;

const ENGINE_NAME = 'onnx-web';
/** An ONNX graph is one function. */
const FUNCTION_NAME = 'infer';
/** Errors only: old exports cause hundreds of warnings. */
const LOG_SEVERITY = 3;

/** Runs ONNX graphs through onnxruntime-web, which is loaded with the first model. */
export function onnxWebEngine(): Engine {
  return {
    name: ENGINE_NAME,
    async open(content) {
      if (content.weights !== undefined) throw new SedgeError('MODEL_INVALID', 'an ONNX model carries its own weights');
      const runtime = await loadRuntime();
      return new OnnxSession(runtime, await createSession(runtime, content));
    },
  };
}

async function loadRuntime(): Promise<Runtime> {
  const runtime = await import('onnxruntime-web');
  // More threads than one spin while they wait, and were slower on busy boards.
  runtime.env.wasm.numThreads = 1;
  runtime.env.logLevel = 'error';
  return runtime;
}

async function createSession(runtime: Runtime, { artifact }: ModelContent): Promise<InferenceSession> {
  try {
    return await runtime.InferenceSession.create(artifact, {
      executionProviders: ['wasm'],
      logSeverityLevel: LOG_SEVERITY,
    });
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new SedgeError(isUnreadable(detail) ? 'MODEL_INVALID' : 'MODEL_LOAD_FAILED', detail, { cause, expose: true });
  }
}

/** What onnxruntime says of bytes that are no ONNX file, as opposed to one with operators that it does not have. */
function isUnreadable(message: string): boolean {
  return /protobuf|INVALID_GRAPH|ModelProto|No graph/i.test(message);
}

class OnnxSession implements Session {
  readonly #runtime: Runtime;
  readonly #session: InferenceSession;
  readonly metadata: ModelMetadata;

  constructor(runtime: Runtime, session: InferenceSession) {
    this.#runtime = runtime;
    this.#session = session;
    this.metadata = { engine: ENGINE_NAME, provider: 'wasm', functions: [describe(session)], trainable: false };
  }

  async run(functionName: string, inputs: readonly Tensor[]): Promise<Tensor[]> {
    const spec = findFunction(this.metadata.functions, functionName);
    const feeds = arrangeInputs(spec.inputs, inputs).map((input) => [input.name, toOnnx(this.#runtime, input)]);
    const results = await this.#compute(Object.fromEntries(feeds));
    return arrangeOutputs(spec.outputs, Object.entries(results).map(fromOnnx));
  }

  async close(): Promise<void> {
    await this.#session.release();
  }

  async #compute(feeds: Record<string, OnnxTensor>): Promise<InferenceSession.ReturnType> {
    try {
      return await this.#session.run(feeds);
    } catch (cause) {
      throw new SedgeError('MODEL_FAILED', cause instanceof Error ? cause.message : String(cause), { cause });
    }
  }
}

function describe({ inputMetadata, outputMetadata }: InferenceSession): FunctionSpec {
  const spec = { name: FUNCTION_NAME, inputs: inputMetadata.map(specOf), outputs: outputMetadata.map(specOf) };
  const { data, error } = functionSpec.safeParse(spec);
  if (data === undefined) throw new SedgeError('MODEL_REFUSED', 'too many or too long names', { cause: error });
  return data;
}

function specOf(value: InferenceSession.ValueMetadata): TensorSpec {
  if (!value.isTensor) throw new SedgeError('MODEL_REFUSED', `${value.name} is no tensor`, { expose: true });
  // A name stands for a dimension that the caller chooses.
  const shape = value.shape.map((dimension) => (typeof dimension === 'number' && dimension >= 0 ? dimension : -1));
  return { name: value.name, dataType: dataTypeOf(value.type), shape };
}

function toOnnx({ Tensor }: Runtime, { dataType, shape, data }: Tensor): OnnxTensor {
  const type = onnxTypeOf(dataType);
  if (type === 'string') return new Tensor('string', textsOf(data), shape);
  const make = Tensor as new (type: string, data: unknown, shape: readonly number[]) => OnnxTensor;
  return new make(type, typedArrayOf(type, data), shape);
}

function fromOnnx([name, value]: [string, unknown]): Tensor {
  const { type, dims, data } = value as OnnxTensor;
  return { name, dataType: dataTypeOf(type), shape: [...dims], data: bytesOfData(data) };
}

/** A copy: the next run may use the memory again. */
function bytesOfData(data: TypedTensor<OnnxTensor.Type>['data']): Uint8Array {
  if (Array.isArray(data)) return bytesOf(data);
  const { buffer, byteOffset, byteLength } = data as Uint8Array;
  return new Uint8Array(buffer, byteOffset, byteLength).slice();
}
