/**
 * The operator set that models are brought to and that rules are written in. 21 (ONNX 1.16, March 2024; ONNX Runtime
 * 1.18 and later run it) rather than 17: a model is only ever upgraded, because operators of 18 to 20 (Mish, Gelu,
 * Pad with axes) have no older form, and from 18 on all reductions but ReduceSum take their axes in the same way as it.
 */
export const TARGET_OPSET = 21;
/** The file format that came with it (onnx/docs/Versioning.md). */
export const TARGET_IR_VERSION = 10;
