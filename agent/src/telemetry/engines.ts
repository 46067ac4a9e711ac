import type { Birth } from '@sedge/protocol';

/**
 * What a node can run. A list of its own, because asking the engines would load them; a test compares it with the
 * versions that the runtime depends on.
 */
export const ENGINES: Birth['engines'] = [
  { name: 'component', version: '0.1.0', formats: ['component'] },
  { name: 'onnx-web', version: '1.30.0', formats: ['onnx'] },
];
