import { createRequire } from 'node:module';

/**
 * The tests run under the export condition `import`, with which a plain `require('long')` somewhere above protobufjs
 * gives an ES module that it cannot use. It looks at the global name first, so it is given the one of its own dependencies.
 */
const fromHere = createRequire(import.meta.url);
const fromOnnxProto = createRequire(fromHere.resolve('onnx-proto'));
const fromProtobufjs = createRequire(fromOnnxProto.resolve('protobufjs/minimal'));
Object.assign(globalThis, { Long: fromProtobufjs('long') as unknown });

/** Loaded after the line above, which an import at the top would not be. */
export const { onnx } = await import('onnx-proto');
