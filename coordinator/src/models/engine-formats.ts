import type { EngineName, ModelFormat } from '@sedge/protocol';

const FORMAT_OF: Readonly<Record<EngineName, ModelFormat>> = {
  component: 'component',
  'onnx-web': 'onnx',
  'onnx-node': 'onnx',
};

/** Whether an engine is one for models of this format at all; whether a node has it is another question. */
export function canRun(engine: EngineName, format: ModelFormat): boolean {
  return FORMAT_OF[engine] === format;
}
