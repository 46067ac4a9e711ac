import type { FunctionSpec } from '../model.ts';
import type { ModelMetadata } from '../routes/open-inference.ts';
import type { TensorSpec } from '../tensor.ts';

/** A version as a door shows it. */
export interface ServedVersion {
  readonly name: string;
  /** All versions that can be asked here, in the order in which they are to be shown. */
  readonly versions: readonly number[];
  readonly format: 'onnx' | 'component';
  /** The function that is called where a request names none. */
  readonly spec: FunctionSpec;
}

/** What the protocol tells of a model. */
export function modelMetadataOf({ name, versions, format, spec }: ServedVersion): ModelMetadata {
  return {
    name,
    versions: versions.map(String),
    platform: format === 'onnx' ? 'onnx_onnxruntime' : 'sedge_component',
    inputs: spec.inputs.map(tensorMetadataOf),
    outputs: spec.outputs.map(tensorMetadataOf),
  };
}

function tensorMetadataOf({ name, dataType: datatype, shape }: TensorSpec): ModelMetadata['inputs'][number] {
  return { name, datatype, shape: [...shape] };
}
