import type { ErrorCode } from '@sedge/protocol';

/** What the author of a refused model can do, by the code of the refusal. */
const ADVICE: Readonly<Partial<Record<ErrorCode, string>>> = {
  COMPONENT_UNRECOGNISED:
    'Give the component that "sedge model build" writes. A core module, as compilers write it, has to be wrapped first.',
  COMPONENT_MALFORMED:
    'The file was cut off or changed on its way, or made by a tool that wires several modules together. Build it again.',
  COMPONENT_IMPORT_REFUSED: 'A node gives a model one function, log of sedge:model/host@0.1.0. Remove what needs more.',
  COMPONENT_EXPORT_MISSING:
    'Export the functions of the world in model.json, under the names and the version of wit/model.wit.',
  COMPONENT_LIMIT_EXCEEDED:
    'Let memory and tables begin small and grow when they are needed; keep large constants in the weights.',
  COMPONENT_CODE_INVALID:
    'The code uses a feature of WebAssembly that Node.js 20 does not have, or it was changed after it was compiled.',
  COMPONENT_START_FAILED:
    'What runs before the first call, or metadata, ended with a fault. The log above may say more.',
  WEIGHTS_REFUSED: 'Compare names, types and shapes of the arrays with those that load asks for.',
  MODEL_LOAD_FAILED: 'Compare names, types and shapes of the arrays with those that load asks for.',
  MODEL_INVALID: 'Write the weights as a safetensors file.',
  MODEL_TIMEOUT: 'It does not come to an end. Look for a loop that waits for something.',
  MODEL_CRASHED: 'It ended its process. Look for recursion without an end, or memory that grows with every step.',
  MODEL_OUT_OF_MEMORY: 'It takes more memory than a node gives. Keep less, or work in parts.',
  ONNX_MALFORMED: 'Export the model again, and check it with the tool that made it.',
  ONNX_OPERATOR_UNKNOWN: 'Export for an older set of operators, or replace the operator by ones that the engine has.',
  ONNX_EXTERNAL_DATA: 'Save the model with its data in one file.',
  ONNX_LIMIT_EXCEEDED: 'Make the model smaller: fewer nodes, or tensors of a smaller type.',
};

/** Parts of a refusal's words that tell what the author did. */
const HINTS: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [
    /wasi/i,
    'WASI stands for files, clocks, randomness and printing, which no node gives. Leave out what uses them (in C stdio, time and rand; in other languages their standard output).',
  ],
  [/sedge:model\/\w+@(?!0\.1\.0)/, 'It was made for another version of the contract. Build it again with this one.'],
];

/** Undefined where the refusal says it all. */
export function adviceFor(code: ErrorCode, detail: string): string | undefined {
  const hint = HINTS.find(([pattern]) => pattern.test(detail))?.[1];
  return hint ?? ADVICE[code];
}
