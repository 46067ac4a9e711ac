import { type ModelFormat, SedgeError } from '@sedge/protocol';

/** Enough of the start of an artifact to see what it is. */
export const MAGIC_BYTES = 16;

/** `\0asm`, then version 13 and layer 1: a component, not a core module (Component Model, Binary.md, "preamble"). */
const COMPONENT = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
/** ModelProto.ir_version: field 1 as a varint (onnx.proto). Every exporter writes it first. */
const ONNX_IR_VERSION_TAG = 0x08;

/** A quick look, so that a mistaken upload is refused at the door. The runtime checks the whole. Throws MODEL_INVALID. */
export function checkMagic(format: ModelFormat, start: Uint8Array): void {
  const fits = format === 'component' ? COMPONENT.every((byte, at) => start[at] === byte) : looksLikeOnnx(start);
  if (!fits) throw new SedgeError('MODEL_INVALID', `the artifact does not begin as ${format} does`, { expose: true });
}

function looksLikeOnnx([tag, irVersion = 0]: Uint8Array): boolean {
  return tag === ONNX_IR_VERSION_TAG && irVersion >= 1 && irVersion < 128;
}
