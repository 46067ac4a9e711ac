/** What can be wrong with a model or with a graph under construction. Codes are never renamed. */
export type OnnxErrorCode =
  /** The bytes end before the message does. */
  | 'TRUNCATED'
  /** The bytes are not protobuf, or not the message that was expected. */
  | 'MALFORMED'
  /** More bytes or more fields than the caller's limits allow. */
  | 'TOO_LARGE'
  /** Messages are nested deeper than the caller's limits allow. */
  | 'TOO_DEEP'
  /** A tensor keeps its values in another file. */
  | 'EXTERNAL_DATA'
  /** The values of a tensor do not fit its shape or data type. */
  | 'TENSOR_MISMATCH'
  /** Valid ONNX that this package does not handle. */
  | 'UNSUPPORTED'
  /** A graph that is being built names a value that does not exist, or the same name twice. */
  | 'INVALID_GRAPH';

/** The only error that this package throws for bad input. */
export class OnnxError extends Error {
  readonly code: OnnxErrorCode;

  constructor(code: OnnxErrorCode, detail: string) {
    super(`${code}: ${detail}`);
    this.name = 'OnnxError';
    this.code = code;
  }
}
