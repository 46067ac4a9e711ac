export { JSON_LENGTH_HEADER, parseBody, type ParsedBody } from './body.ts';
export { rawInput, requestTensors } from './request-tensors.ts';
export { askedOf, type Asked } from './asked.ts';
export { ALL_BINARY, encodeAnswer, responseHeaders, type EncodedAnswer, type InferAnswer } from './answer.ts';
export { inferErrorOf } from './refusal.ts';
export { modelMetadataOf, type ServedVersion } from './metadata.ts';
export {
  inferRequest,
  type InferRequest,
  type InferResponse,
  type ModelMetadata,
  type ServerMetadata,
} from '../routes/open-inference.ts';
