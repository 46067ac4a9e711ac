import type { Engine, EngineTensor, EngineTensors, NumericTypeName, TensorArray } from '@sedge/autodiff';
import type { InferenceSession, Tensor as OnnxTensor } from 'onnxruntime-web';
import { failureOfRun } from '../engines/onnx-errors.ts';

/** What this needs of a build of ONNX Runtime. */
export interface GraphRuntime {
  readonly Tensor: typeof OnnxTensor;
  readonly openGraph: (file: Uint8Array) => Promise<InferenceSession>;
}

/** Names of ONNX Runtime for the types that it computes with. */
const RUNTIME_TYPES = {
  FLOAT: 'float32',
  DOUBLE: 'float64',
  FLOAT16: 'float16',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  BOOL: 'bool',
} as const satisfies Partial<Record<NumericTypeName, OnnxTensor.Type>>;

const OUR_TYPES = new Map(Object.entries(RUNTIME_TYPES).map(([ours, theirs]) => [theirs as string, ours]));

/** A build of ONNX Runtime as autodiff wants it. */
export function autodiffEngine({ Tensor, openGraph }: GraphRuntime): Engine {
  const make = Tensor as new (type: string, data: unknown, dims: readonly number[]) => OnnxTensor;
  const toRuntime = ({ type, dims, data }: EngineTensor): OnnxTensor => new make(runtimeTypeOf(type), data, dims);
  return {
    async open(file) {
      const session = await openGraph(file);
      return {
        async run(feeds) {
          return fromRuntime(await compute(session, mapValues(feeds, toRuntime)));
        },
        close: () => session.release(),
      };
    },
  };
}

export function runtimeTypeOf(type: NumericTypeName): (typeof RUNTIME_TYPES)[keyof typeof RUNTIME_TYPES] {
  if (type in RUNTIME_TYPES) return RUNTIME_TYPES[type as keyof typeof RUNTIME_TYPES];
  throw new TypeError(`ONNX Runtime takes no ${type}`);
}

async function compute(
  session: InferenceSession,
  feeds: Record<string, OnnxTensor>,
): Promise<InferenceSession.ReturnType> {
  try {
    return await session.run(feeds, { logSeverityLevel: 4 });
  } catch (cause) {
    throw failureOfRun(cause);
  }
}

function fromRuntime(results: InferenceSession.ReturnType): EngineTensors {
  return mapValues(results as Record<string, OnnxTensor>, ({ type, dims, data }): EngineTensor => {
    const ours = OUR_TYPES.get(type);
    if (ours === undefined) throw new TypeError(`ONNX Runtime gave a result of the type ${type}`);
    return { type: ours as NumericTypeName, dims, data: data as TensorArray };
  });
}

function mapValues<From, To>(record: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
