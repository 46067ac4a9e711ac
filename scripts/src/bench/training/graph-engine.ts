import type { Engine, EngineTensor, NumericTypeName, TensorArray } from '@sedge/autodiff';
import { SedgeError } from '@sedge/protocol';
import type * as OnnxRuntime from 'onnxruntime-web';

/** A build of ONNX Runtime with one thread, without anything of ours between it and the graphs. */
export interface GraphEngine extends Engine {
  readonly name: 'native' | 'portable';
}

/** The native build only where it loads. */
export async function graphEngines(more: OnnxRuntime.InferenceSession.SessionOptions = {}): Promise<GraphEngine[]> {
  const web = await import('onnxruntime-web');
  web.env.wasm.numThreads = 1;
  const portable = graphEngine('portable', web, more);
  // A board may have no native build; that is no failure of the benchmark.
  const native = await import('onnxruntime-node').catch(() => undefined);
  if (native === undefined) return [portable];
  return [graphEngine('native', native, more), portable];
}

function graphEngine(
  name: GraphEngine['name'],
  runtime: typeof OnnxRuntime,
  more: OnnxRuntime.InferenceSession.SessionOptions,
): GraphEngine {
  const options = { logSeverityLevel: 4, intraOpNumThreads: 1, interOpNumThreads: 1, ...more } as const;
  return {
    name,
    async open(model) {
      const session = await runtime.InferenceSession.create(model, options);
      return {
        run: async (feeds) => {
          const given = Object.entries(feeds).map(([input, tensor]) => [input, toRuntime(runtime, tensor)]);
          return fromRuntime(await session.run(Object.fromEntries(given) as OnnxRuntime.InferenceSession.FeedsType));
        },
        close: () => session.release(),
      };
    },
  };
}

/** What classifiers and their training graphs take and give. */
const RUNTIME_TYPES: Partial<Record<NumericTypeName, string>> = {
  FLOAT: 'float32',
  FLOAT16: 'float16',
  INT64: 'int64',
  INT32: 'int32',
  UINT8: 'uint8',
  BOOL: 'bool',
};
const OUR_TYPES = new Map(Object.entries(RUNTIME_TYPES).map(([ours, theirs]) => [theirs, ours as NumericTypeName]));

function toRuntime({ Tensor }: typeof OnnxRuntime, { type, dims, data }: EngineTensor): OnnxRuntime.Tensor {
  const make = Tensor as new (type: string, data: TensorArray, dims: readonly number[]) => OnnxRuntime.Tensor;
  return new make(RUNTIME_TYPES[type] ?? type, data, dims);
}

function fromRuntime(results: OnnxRuntime.InferenceSession.ReturnType): Record<string, EngineTensor> {
  return Object.fromEntries(
    Object.entries(results).map(([name, value]) => {
      const { type, dims, data } = value;
      const ours = OUR_TYPES.get(type);
      if (ours === undefined) throw new SedgeError('INTERNAL', `${name} is ${type}, which no training graph gives`);
      return [name, { type: ours, dims, data: data as TensorArray }];
    }),
  );
}
