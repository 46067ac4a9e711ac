import type { Access } from '../access.ts';
import { problem } from '../views.ts';
import { routes } from '../routes/table.ts';
import { inferError } from '../routes/open-inference.ts';
import type { Content, Route } from '../routes/route.ts';
import { jsonSchemaOf, type JsonObject } from './json-schema.ts';

/** OpenAPI 3.1, derived from the route table. */
export function openApiDocument(info: { readonly version: string }): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const [name, declared] of Object.entries(routes) as [string, Route][]) {
    (paths[declared.path] ??= {})[declared.method.toLowerCase()] = operation(name, declared);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sedge coordinator',
      version: info.version,
      description: 'Serve and train your own models on your own nodes.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: tagNames().map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token of a person or a program.' },
        nodeToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A token that a node signed.' },
      },
      schemas: { Problem: jsonSchemaOf(problem, 'output'), InferenceError: jsonSchemaOf(inferError, 'output') },
    },
  };
}

function tagNames(): string[] {
  return [...new Set((Object.values(routes) as Route[]).map(({ tag }) => tag))];
}

function operation(operationId: string, declared: Route): JsonObject {
  const { access, answer, body, path, status, summary, tag } = declared;
  return {
    operationId,
    tags: [tag],
    summary,
    security: securityOf(access),
    parameters: [...pathParameters(path), ...queryParameters(declared)],
    ...(body === undefined ? {} : { requestBody: { required: true, content: contentOf(body, 'input') } }),
    responses: {
      [status]: {
        description: summary,
        ...(answer.kind === 'empty' ? {} : { content: contentOf(answer, 'output') }),
      },
      default: errorOf(path),
    },
  };
}

function securityOf(access: Access): JsonObject[] {
  if ('public' in access) return [];
  return access.nodes === true ? [{ token: [] }, { nodeToken: [] }] : [{ token: [] }];
}

function pathParameters(path: string): JsonObject[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters({ query }: Route): JsonObject[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = jsonSchemaOf(query, 'input') as {
    properties?: Record<string, JsonObject>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function contentOf(content: Content, io: 'input' | 'output'): JsonObject {
  switch (content.kind) {
    case 'json':
      return { 'application/json': { schema: jsonSchemaOf(content.schema, io) } };
    case 'binary':
      return { [content.mediaType]: { schema: { type: 'string', contentEncoding: 'binary' } } };
    case 'text':
      return { [content.mediaType]: { schema: { type: 'string' } } };
    case 'events':
      return { 'text/event-stream': { schema: { type: 'string' } } };
    case 'empty':
      return {};
  }
}

function errorOf(path: string): JsonObject {
  if (path.startsWith('/v2')) {
    const schema = { $ref: '#/components/schemas/InferenceError' };
    return { description: 'An error of the Open Inference Protocol.', content: { 'application/json': { schema } } };
  }
  const schema = { $ref: '#/components/schemas/Problem' };
  return { description: 'A problem (RFC 9457).', content: { 'application/problem+json': { schema } } };
}
