/** Whether the same request may succeed later: never, after a wait, or after the caller has put something right. */
export type Retry = 'never' | 'later' | 'after-change';

interface ErrorEntry {
  /** HTTP status at the REST door. */
  readonly status: number;
  readonly retry: Retry;
  /** The text that is safe to travel; detail goes to the log. Says what is wrong and what to do. */
  readonly say: string;
}

/**
 * Every error that a person or a program can meet. Codes are never renamed or reused.
 * The reference page docs/reference/errors.md is generated from this table and compared with it by a test.
 */
export const errorCatalogue = {
  // Requests
  BAD_REQUEST: { status: 400, retry: 'after-change', say: 'The request cannot be understood. Compare it with /docs.' },
  BAD_JSON: { status: 400, retry: 'after-change', say: 'The body is not valid JSON.' },
  UNKNOWN_FIELD: {
    status: 400,
    retry: 'after-change',
    say: 'The body has a field that is not known here. Correct its name or leave it out.',
  },
  INVALID_FIELD: { status: 400, retry: 'after-change', say: 'A field has a value that is not allowed.' },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    retry: 'after-change',
    say: 'The body has a content type that is not taken here.',
  },
  PAYLOAD_TOO_LARGE: { status: 413, retry: 'never', say: 'The body is longer than this door takes.' },
  NOT_FOUND: { status: 404, retry: 'never', say: 'There is nothing at this address. /docs lists every route.' },
  METHOD_NOT_ALLOWED: { status: 405, retry: 'never', say: 'This address does not take that method.' },
  RANGE_NOT_SATISFIABLE: { status: 416, retry: 'after-change', say: 'The asked range lies outside of the content.' },
  INTERNAL: {
    status: 500,
    retry: 'later',
    say: 'Something failed inside. The log has the detail under the request id.',
  },
  OVERLOADED: { status: 503, retry: 'later', say: 'Too much is waiting here. Try again in a moment.' },
  STOPPING: { status: 503, retry: 'later', say: 'This process is about to stop. Try again in a moment.' },

  // Access
  UNAUTHENTICATED: {
    status: 401,
    retry: 'after-change',
    say: 'A valid token is needed: send "Authorization: Bearer <token>".',
  },
  FORBIDDEN: {
    status: 403,
    retry: 'after-change',
    say: 'This token may not do that. Ask an admin for one with the needed role.',
  },
  HOST_REFUSED: {
    status: 421,
    retry: 'after-change',
    say: 'This door is for this machine only: use localhost or 127.0.0.1 in the address.',
  },
  TOKEN_UNKNOWN: {
    status: 401,
    retry: 'after-change',
    say: 'This enrolment token is not known. Make a new one with "sedge tokens create --enrol".',
  },
  TOKEN_USED: {
    status: 409,
    retry: 'after-change',
    say: 'This enrolment token was used before. Make a new one with "sedge tokens create --enrol".',
  },
  TOKEN_EXPIRED: { status: 401, retry: 'after-change', say: 'This token has expired. Make a new one.' },
  TOKEN_MALFORMED: {
    status: 400,
    retry: 'after-change',
    say: 'This is not a Sedge token. Copy it whole, without line breaks.',
  },
  COORDINATOR_MISMATCH: {
    status: 421,
    retry: 'never',
    say: 'The coordinator is not the one that the token was made by. Check the address.',
  },

  // Signatures and content
  SIGNATURE_MISSING: {
    status: 400,
    retry: 'after-change',
    say: 'The manifest is not signed. Sign it with a publisher key ("sedge models publish").',
  },
  SIGNATURE_INVALID: {
    status: 400,
    retry: 'never',
    say: 'The signature does not fit the content. It was altered after it was signed.',
  },
  PUBLISHER_UNKNOWN: {
    status: 403,
    retry: 'after-change',
    say: 'The signer is not a trusted publisher. Add its key with "sedge publishers add", on a node with "sedge-agent publisher add".',
  },
  PUBLISHER_NOT_FOUND: {
    status: 404,
    retry: 'after-change',
    say: 'No publisher of this name or key id is trusted here.',
  },
  DELEGATION_INVALID: {
    status: 403,
    retry: 'after-change',
    say: 'The delegation does not allow this signer to sign this model.',
  },
  ENVELOPE_MALFORMED: { status: 400, retry: 'after-change', say: 'This is not a signed envelope (DSSE).' },
  DIGEST_MISMATCH: {
    status: 400,
    retry: 'never',
    say: 'The content does not have the digest that names it. Send it again.',
  },
  BLOB_NOT_FOUND: { status: 404, retry: 'after-change', say: 'There is no content with this digest. Upload it first.' },
  CACHE_FULL: {
    status: 507,
    retry: 'later',
    say: 'The cache of the node is full of models that are wanted there. Remove a deployment, or raise SEDGE_CACHE_BYTES_MAX.',
  },
  FRAME_MALFORMED: { status: 400, retry: 'never', say: 'The binary frame does not have the documented layout.' },
  STREAM_INCOMPLETE: { status: 408, retry: 'later', say: 'Parts of the content did not arrive in time.' },

  // Nodes
  NODE_NOT_FOUND: { status: 404, retry: 'never', say: 'No node has this id or name.' },
  NODE_NAME_TAKEN: { status: 409, retry: 'after-change', say: 'Another node has this name. Choose another one.' },
  NODE_OFFLINE: { status: 503, retry: 'later', say: 'The node is not connected.' },
  ALREADY_ENROLLED: {
    status: 409,
    retry: 'after-change',
    say: 'This agent folder holds an identity already. Use another folder, or remove it to enrol anew.',
  },
  NOT_ENROLLED: {
    status: 409,
    retry: 'after-change',
    say: 'This agent has no identity yet. Run "sedge-agent enrol --token <token>" first.',
  },

  NODE_SHEDDING: {
    status: 503,
    retry: 'later',
    say: 'The node takes no work: it is too hot, or its battery is low.',
  },

  COMMAND_EXPIRED: { status: 410, retry: 'never', say: 'The command came after its time and was not carried out.' },

  // Models
  MODEL_NOT_FOUND: { status: 404, retry: 'never', say: 'No model has this name and version.' },
  MODEL_IN_USE: {
    status: 409,
    retry: 'after-change',
    say: 'The version is deployed or named by an unfinished run. End that first.',
  },
  VERSION_EXISTS: {
    status: 409,
    retry: 'after-change',
    say: 'This version number was used before. Versions are never reused: publish the next one.',
  },
  MANIFEST_INVALID: { status: 400, retry: 'after-change', say: 'The manifest does not follow the schema.' },
  MODEL_INVALID: {
    status: 400,
    retry: 'never',
    say: 'The model file is damaged or is not of the format that its manifest says.',
  },
  MODEL_REFUSED: { status: 400, retry: 'never', say: 'The model asks for something that the sandbox does not allow.' },
  COMPONENT_UNRECOGNISED: { status: 400, retry: 'never', say: 'The file is not a WebAssembly component.' },
  COMPONENT_MALFORMED: { status: 400, retry: 'never', say: 'The component is damaged: its sections cannot be read.' },
  COMPONENT_IMPORT_REFUSED: {
    status: 400,
    retry: 'never',
    say: 'The component imports something that the sandbox does not give.',
  },
  COMPONENT_EXPORT_MISSING: {
    status: 400,
    retry: 'never',
    say: 'The component does not export what the contract asks for.',
  },
  COMPONENT_LIMIT_EXCEEDED: {
    status: 400,
    retry: 'never',
    say: 'The component asks for more memory, tables or bytes than are allowed here.',
  },
  COMPONENT_CODE_INVALID: { status: 400, retry: 'never', say: 'The code of the component is not valid WebAssembly.' },
  COMPONENT_START_FAILED: { status: 500, retry: 'never', say: 'The component failed before its first call.' },
  WEIGHTS_REFUSED: { status: 400, retry: 'never', say: 'The model does not take these weights.' },
  ONNX_MALFORMED: { status: 400, retry: 'never', say: 'The ONNX file is damaged or is no ONNX file.' },
  ONNX_OPERATOR_UNKNOWN: {
    status: 400,
    retry: 'never',
    say: 'The ONNX model uses an operator, a version of one, or a type that the engine does not have.',
  },
  ONNX_EXTERNAL_DATA: {
    status: 400,
    retry: 'after-change',
    say: 'The ONNX model keeps data in other files. Save it as one file.',
  },
  ONNX_LIMIT_EXCEEDED: { status: 400, retry: 'never', say: 'The ONNX model claims more data than is allowed here.' },
  ENGINE_UNAVAILABLE: {
    status: 409,
    retry: 'after-change',
    say: 'The node has no engine that can run this model. "sedge nodes show" lists its engines.',
  },
  ENGINE_PIN_CONFLICT: {
    status: 409,
    retry: 'after-change',
    say: 'Another deployment pins this version to another engine. Remove that one first, or pin the same engine.',
  },
  MODEL_NOT_LOADED: { status: 409, retry: 'later', say: 'The model is not loaded on this node.' },
  MODEL_LOAD_FAILED: { status: 500, retry: 'after-change', say: 'The model could not be loaded.' },
  MODEL_FAILED: { status: 500, retry: 'never', say: 'The model failed while it ran.' },
  MODEL_TIMEOUT: { status: 504, retry: 'later', say: 'The model did not finish before its deadline.' },
  MODEL_CRASHED: { status: 500, retry: 'later', say: 'The model ended its host, which is started again.' },
  MODEL_OUT_OF_MEMORY: { status: 500, retry: 'never', say: 'The model needs more memory than its host may use.' },
  MODEL_OUTPUT_INVALID: {
    status: 500,
    retry: 'never',
    say: 'The answer of the model does not have the names, types and shapes that it declares.',
  },
  MODEL_QUARANTINED: {
    status: 409,
    retry: 'after-change',
    say: 'This model ended its host too often and is kept from running. An operator lets it go with "sedge nodes release".',
  },
  MODEL_NOT_QUARANTINED: {
    status: 409,
    retry: 'never',
    say: 'This model is not in quarantine there. "sedge nodes show" lists the models of a node.',
  },
  MODEL_NOT_TRAINABLE: { status: 400, retry: 'never', say: 'This version of the model cannot be trained.' },
  FUNCTION_NOT_FOUND: { status: 404, retry: 'never', say: 'The model has no function with this name.' },
  TENSOR_MISMATCH: {
    status: 400,
    retry: 'after-change',
    say: 'A tensor does not have the name, type, shape or length that is asked for.',
  },
  DEPLOYMENT_NOT_FOUND: { status: 404, retry: 'never', say: 'No deployment has this id.' },

  // Inference
  NO_NODE_READY: { status: 503, retry: 'later', say: 'No connected node has this model ready.' },
  INFERENCE_TIMEOUT: { status: 504, retry: 'later', say: 'No answer came before the deadline.' },
  NODE_LOST: { status: 503, retry: 'later', say: 'The node left while it worked on the request.' },
  QUEUE_FULL: { status: 503, retry: 'later', say: 'Too many requests are waiting. Try again in a moment.' },

  // Data sets
  DATASET_NOT_FOUND: { status: 404, retry: 'after-change', say: 'No data set has this name here.' },
  DATASET_EXISTS: {
    status: 409,
    retry: 'after-change',
    say: 'Another data set has this name, and a name keeps its content. Choose another one; on a node --replace rebinds it.',
  },
  DATASET_INVALID: { status: 400, retry: 'after-change', say: 'The data set cannot be read as it is described.' },
  DATASET_MISMATCH: {
    status: 400,
    retry: 'after-change',
    say: 'The data set does not have the features and labels that the model trains on.',
  },

  // Training runs
  RUN_NOT_FOUND: { status: 404, retry: 'never', say: 'No run has this id.' },
  RUN_EXISTS: { status: 409, retry: 'after-change', say: 'A run with this id exists already.' },
  RUN_NOT_STARTED: { status: 409, retry: 'later', say: 'The run has not started yet.' },
  RUN_FINISHED: { status: 409, retry: 'never', say: 'The run has ended.' },
  RUN_FAILED: { status: 409, retry: 'after-change', say: 'The run failed. Its history says why.' },
  PLAN_INVALID: { status: 400, retry: 'after-change', say: 'The plan of the run cannot be carried out.' },
  BUDGET_EXCEEDED: {
    status: 409,
    retry: 'after-change',
    say: 'The run would spend more privacy than its budget. Raise the noise, or plan fewer rounds.',
  },
  NO_NODES_FOR_RUN: { status: 409, retry: 'later', say: 'No node that fits the plan holds the data set.' },
  ROUND_CLOSED: { status: 409, retry: 'never', say: 'The round no longer takes updates.' },
  NOT_IN_COHORT: { status: 403, retry: 'never', say: 'The node was not drawn for this round.' },
  TOO_FEW_UPDATES: {
    status: 409,
    retry: 'later',
    say: 'The round ended with fewer updates than the plan asks for. It changed nothing.',
  },
  UPDATE_INVALID: {
    status: 400,
    retry: 'never',
    say: 'The update does not have the promised size, norm or finite values.',
  },
  ACCUMULATOR_OVERFLOW: {
    status: 500,
    retry: 'never',
    say: 'The sum of the updates does not fit the accumulator. Lower the clip norm or the example weights.',
  },
  TRAINING_TOO_LARGE: {
    status: 400,
    retry: 'after-change',
    say: 'The training needs more memory than its host may use. Take a smaller batch, fewer examples, or fewer weights.',
  },
  TRAINING_DIVERGED: {
    status: 409,
    retry: 'after-change',
    say: 'The loss or the weights became no numbers. Lower the learning rate, or look for such values in the data.',
  },
  TRAINING_STOPPED: { status: 409, retry: 'later', say: 'Training was stopped before it ended.' },

  // Trainers of the owner of a node
  TRAINER_FAILED: {
    status: 500,
    retry: 'after-change',
    say: 'The program that trains this model on the node failed. The log of the agent has its last lines.',
  },
  TRAINER_TIMEOUT: {
    status: 504,
    retry: 'later',
    say: 'The program that trains this model on the node did not finish before its deadline.',
  },
  TRAINER_EXISTS: {
    status: 409,
    retry: 'after-change',
    say: 'A program is bound to this model already. --replace puts another one in its place.',
  },
  TRAINER_NOT_FOUND: {
    status: 404,
    retry: 'never',
    say: 'No program is bound to this model. "sedge-agent trainer list" shows what is bound.',
  },

  // Model projects
  MODEL_PROJECT_INVALID: {
    status: 400,
    retry: 'after-change',
    say: 'This folder is no model project. "sedge model new <folder>" makes one.',
  },
  MODEL_PROJECT_EXISTS: {
    status: 409,
    retry: 'after-change',
    say: 'The folder is not empty. Choose another one.',
  },
  MODEL_BUILD_FAILED: { status: 400, retry: 'after-change', say: 'The model does not compile.' },
  COMPILER_MISSING: { status: 500, retry: 'after-change', say: 'The compiler for this language is not installed.' },

  // Processes
  CONFIG_INVALID: { status: 500, retry: 'after-change', say: 'A setting has a value that is not allowed.' },
  PORT_IN_USE: {
    status: 500,
    retry: 'after-change',
    say: 'The port is taken by another program. Choose another one, or 0 for any free one.',
  },
  STATE_LOCKED: {
    status: 500,
    retry: 'after-change',
    say: 'Another process uses this state folder. Stop it, or choose another folder.',
  },
  STATE_UNREADABLE: { status: 500, retry: 'after-change', say: 'The state folder cannot be read or written.' },
  NODE_VERSION: { status: 500, retry: 'after-change', say: 'This Node.js is too old. Install Node.js 20.19 or newer.' },
  COORDINATOR_UNREACHABLE: {
    status: 502,
    retry: 'later',
    say: 'The coordinator does not answer. Check its address and that it runs.',
  },
  BROKER_REFUSED: {
    status: 502,
    retry: 'after-change',
    say: 'The broker refused the connection. The node may have been removed (see "sedge nodes list"; enrol it anew in a new agent folder), or its clock may be wrong.',
  },
  BUS_CLOSED: { status: 503, retry: 'later', say: 'The connection to the broker is closed.' },
  BUS_TOPIC_INVALID: {
    status: 400,
    retry: 'never',
    say: 'A topic may have levels of 1 to 64 of A-Z a-z 0-9 _ - only.',
  },
  BUS_MESSAGE_TOO_LONG: { status: 413, retry: 'never', say: 'An MQTT message may not be longer than 262,144 bytes.' },
  USAGE: {
    status: 400,
    retry: 'after-change',
    say: 'The command was not understood. Add --help to see how it is used.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

export interface SedgeErrorOptions {
  readonly cause?: unknown;
  /** The detail holds nothing secret and helps the caller: let it travel beside `say`. */
  readonly expose?: boolean;
}

/** An error with a stable code. `detail` is for the log; `say` of the catalogue is what travels. */
export class SedgeError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly exposed: boolean;

  constructor(code: ErrorCode, detail: string, { cause, expose = false }: SedgeErrorOptions = {}) {
    super(`${code}: ${detail}`, cause === undefined ? undefined : { cause });
    this.name = 'SedgeError';
    this.code = code;
    this.detail = detail;
    this.exposed = expose;
  }

  get status(): number {
    return errorCatalogue[this.code].status;
  }

  get retry(): Retry {
    return errorCatalogue[this.code].retry;
  }

  /** The text for people: the catalogue's, and the detail where it may travel. */
  get say(): string {
    const { say } = errorCatalogue[this.code];
    return this.exposed ? `${say} (${this.detail})` : say;
  }
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorCatalogue, value);
}

/** The same error if it has a code already, otherwise INTERNAL with the cause kept for the log. */
export function asSedgeError(error: unknown): SedgeError {
  if (error instanceof SedgeError) return error;
  return new SedgeError('INTERNAL', error instanceof Error ? error.message : String(error), { cause: error });
}
