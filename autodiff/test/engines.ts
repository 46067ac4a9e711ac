import * as web from 'onnxruntime-web';
import type { Engine, EngineTensor, EngineTensors } from '../src/engine/engine.ts';
import type { NumericTypeName } from '../src/tensors/data-type.ts';
import type { TensorArray } from '../src/tensors/tensor-values.ts';

/** ONNX Runtime behind the port of this package, as its tests need it: one thread, no warnings. */
export const portableEngine: Engine = engineOf(web);

/** Undefined, with a printed reason, on platforms that have no native build. */
export const nativeEngine: Engine | undefined = await loadNative();

export const engines: readonly (readonly [string, Engine])[] = [
  ['onnxruntime-web', portableEngine],
  ...(nativeEngine === undefined ? [] : [['onnxruntime-node', nativeEngine] as const]),
];

/** The quicker of those that are there. */
export const anyEngine: Engine = nativeEngine ?? portableEngine;

async function loadNative(): Promise<Engine | undefined> {
  try {
    return engineOf(await import('onnxruntime-node'));
  } catch (error) {
    process.stderr.write(`skipped: onnxruntime-node does not load here (${String(error)})\n`);
    return undefined;
  }
}

function engineOf({ InferenceSession, Tensor }: Pick<typeof web, 'InferenceSession' | 'Tensor'>): Engine {
  return {
    async open(model) {
      const options = { logSeverityLevel: 4, intraOpNumThreads: 1, interOpNumThreads: 1 } as const;
      const session = await InferenceSession.create(model, options);
      return {
        run: async (feeds) => {
          const tensors = Object.entries(feeds).map(([name, { type, dims, data }]) => [
            name,
            new Tensor(RUNTIME_TYPES[type] as 'float32', data as Float32Array, dims),
          ]);
          return fromRuntime(await session.run(Object.fromEntries(tensors)));
        },
        close: () => session.release(),
      };
    },
  };
}

const RUNTIME_TYPES: Readonly<Record<NumericTypeName, string>> = {
  FLOAT: 'float32',
  DOUBLE: 'float64',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  BOOL: 'bool',
  FLOAT16: 'float16',
  BFLOAT16: 'bfloat16',
};

function fromRuntime(results: web.InferenceSession.OnnxValueMapType): EngineTensors {
  const names = new Map(Object.entries(RUNTIME_TYPES).map(([ours, theirs]) => [theirs, ours as NumericTypeName]));
  const converted = Object.entries(results).map(([name, value]) => {
    const { type, dims, data } = value;
    return [name, { type: names.get(type) ?? 'FLOAT', dims, data: data as TensorArray }] satisfies [
      string,
      EngineTensor,
    ];
  });
  return Object.fromEntries(converted);
}
