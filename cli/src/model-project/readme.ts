import { ENTRY_FILES } from '@sedge/wasm-models';
import type { ProjectFile } from './project.ts';

/** The page of a new project. */
export function readme({ name, language }: ProjectFile): string {
  return `# ${name}

Scores rows of readings: sigmoid(bias + Σ weight · (reading − mean) / scale).

| File | What it is |
|---|---|
| \`${ENTRY_FILES[language]}\` | the model |
| \`model.json\` | its name, language, world, weights, labels, description and licence |
| \`weights.safetensors\` | the arrays \`mean\`, \`scale\`, \`weight\` and \`bias\`, FP32 |
| \`input.json\` | a request of the Open Inference Protocol, to try it with |

\`\`\`sh
sedge model build
sedge model check
sedge model run --input input.json
sedge models publish ${name} dist/model.wasm --weights weights.safetensors
\`\`\`

Any program that writes safetensors can make the weights, for example the Python package \`safetensors\`.
`;
}
