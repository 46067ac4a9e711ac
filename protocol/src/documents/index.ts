export { asyncApiDocument } from './async-api.ts';
export { openApiDocument } from './open-api.ts';
