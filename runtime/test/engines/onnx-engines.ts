import { availableEngines } from '../../src/choice/available-engines.ts';
import type { Engine } from '../../src/engine.ts';
import type { OnnxTrainingRoom } from '../../src/engines/onnx-session.ts';
import { onnxNodeEngine } from '../../src/engines/onnx-node.ts';
import { onnxWebEngine } from '../../src/engines/onnx-web.ts';

export interface OnnxEngineUnderTest {
  readonly name: 'onnx-web' | 'onnx-node';
  readonly provider: string;
  readonly make: (room?: OnnxTrainingRoom) => Engine;
}

const known: readonly OnnxEngineUnderTest[] = [
  { name: 'onnx-web', provider: 'wasm', make: onnxWebEngine },
  { name: 'onnx-node', provider: 'cpu', make: onnxNodeEngine },
];

const installed = await availableEngines();
const absences = new Map(installed.map(({ name, absent }) => [name as string, absent]));

/** Those that are installed here; says why another one is left out. */
export const onnxEngines = known.filter(({ name }) => {
  const absent = absences.get(name);
  if (absent !== undefined) process.stderr.write(`skipped: ${name}, ${absent}\n`);
  return absent === undefined;
});
