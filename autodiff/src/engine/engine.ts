import type { NumericTypeName } from '../tensors/data-type.ts';
import type { TensorArray } from '../tensors/tensor-values.ts';

/** Values with their shape; BOOL is a byte for each value, FLOAT16 and BFLOAT16 are bits. */
export interface EngineTensor {
  readonly type: NumericTypeName;
  readonly dims: readonly number[];
  readonly data: TensorArray;
}

export type EngineTensors = Readonly<Record<string, EngineTensor>>;

export interface OpenedModel {
  /** Takes a tensor for every input of the graph and gives one for every output. */
  run(feeds: EngineTensors): Promise<EngineTensors>;
  close(): Promise<void>;
}

/** Whatever runs ONNX graphs. This package has none of its own; ONNX Runtime fits behind these few lines. */
export interface Engine {
  open(model: Uint8Array): Promise<OpenedModel>;
}
