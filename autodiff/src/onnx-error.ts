/** What can be wrong with a model or with a graph under construction. Codes are never renamed. */
export type OnnxErrorCode =
  /** The bytes end before the message does. */
  | 'TRUNCATED'
  /** The bytes are not protobuf, or not the message that was expected. */
  | 'MALFORMED'
  /** More bytes or fields than the caller's limits allow, or more values than a batch may have. */
  | 'TOO_LARGE'
  /** Messages are nested deeper than the caller's limits allow. */
  | 'TOO_DEEP'
  /** A tensor keeps its values in another file. */
  | 'EXTERNAL_DATA'
  /** The values of a tensor do not fit its shape or data type. */
  | 'TENSOR_MISMATCH'
  /** Valid ONNX that this package does not handle. */
  | 'UNSUPPORTED'
  /** A graph names a value that does not exist, or the same name twice, or goes in a circle. */
  | 'INVALID_GRAPH'
  /** Weights that are not finite numbers. */
  | 'NOT_FINITE'
  /** No weights can be trained: none is floating point, none has the names asked for, or none reaches the output. */
  | 'NOT_TRAINABLE'
  /** An operator between the trainable weights and the loss has no gradient here. */
  | 'NO_GRADIENT'
  /** Settings that do not fit each other or the model. */
  | 'INVALID_SETTINGS'
  /** The engine did not run what should run. */
  | 'ENGINE_FAILED';

/** The only error that this package throws for bad input. */
export class OnnxError extends Error {
  readonly code: OnnxErrorCode;

  constructor(code: OnnxErrorCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${detail}`, options);
    this.name = 'OnnxError';
    this.code = code;
  }
}
