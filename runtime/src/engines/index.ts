export { componentEngine, type ComponentEngineOptions } from './component.ts';
export type { ModelLog } from './guest-log.ts';
export { onnxNodeEngine } from './onnx-node.ts';
export { onnxWebEngine } from './onnx-web.ts';
export { DEFAULT_CAPS, type GrowthCaps } from '../wasm/growth-caps.ts';
