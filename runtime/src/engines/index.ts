export { componentEngine, DEFAULT_CAPS, type ComponentEngineOptions } from './component.ts';
export type { ModelLog } from './guest-log.ts';
export { onnxWebEngine } from './onnx-web.ts';
