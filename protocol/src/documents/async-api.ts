import { channels } from '../channels/table.ts';
import type { Channel, Payload } from '../channels/channel.ts';
import { envelope } from '../envelope.ts';
import { EVENT_KINDS } from '../events.ts';
import { cloudEvent } from '../views.ts';
import { jsonSchemaOf, type JsonObject } from './json-schema.ts';

const NODE_PARAMETERS = {
  project: { description: 'The project, "default" unless set.' },
  shard: { description: 'First byte of the SHA-256 of the node id, two hex digits.' },
  node: { description: 'The id that the coordinator gave at enrolment.' },
};

/** AsyncAPI 3.0, derived from the channel table; from the coordinator's point of view. */
export function asyncApiDocument(info: { readonly version: string; readonly mqttUrl: string }): JsonObject {
  const { host, protocol } = splitUrl(info.mqttUrl);
  const declared: Record<string, JsonObject> = {};
  const operations: Record<string, JsonObject> = {};
  for (const [name, entry] of Object.entries(channels) as [string, Channel][]) {
    declared[name] = channelEntry(entry);
    operations[name] = operationEntry(name, entry);
  }
  declared['events'] = eventsEntry();
  operations['events'] = {
    action: 'send',
    channel: { $ref: '#/channels/events' },
    bindings: { mqtt: { qos: 1, retain: false } },
  };
  return {
    asyncapi: '3.0.0',
    info: { title: 'Sedge nodes', version: info.version, license: { name: 'Apache-2.0' } },
    defaultContentType: 'application/json',
    servers: { broker: { host, protocol, protocolVersion: '3.1.1' } },
    channels: declared,
    operations,
  };
}

function channelEntry({ path, payload, summary }: Channel): JsonObject {
  return {
    address: `sedge/v1/{project}/{shard}/{node}/${path}`,
    description: summary,
    parameters: { ...NODE_PARAMETERS, ...pathParameters(path) },
    messages: { message: messageOf(payload) },
  };
}

function operationEntry(name: string, { path, qos, retain, summary }: Channel): JsonObject {
  return {
    action: path.startsWith('up/') ? 'receive' : 'send',
    channel: { $ref: `#/channels/${name}` },
    summary,
    bindings: { mqtt: { qos, retain } },
  };
}

function pathParameters(path: string): Record<string, JsonObject> {
  return Object.fromEntries([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, {}]));
}

function messageOf(payload: Payload): JsonObject {
  switch (payload.kind) {
    case 'json':
      return { payload: jsonSchemaOf(payload.schema, 'output') };
    case 'signed':
      return {
        summary: `A signed envelope whose payload is ${payload.inner.payloadType}.`,
        payload: jsonSchemaOf(envelope, 'output'),
        'x-signed-payload': jsonSchemaOf(payload.inner.schema, 'output'),
      };
    case 'chunks':
      return {
        contentType: 'application/octet-stream',
        summary: `Chunk frames; together they are ${payload.of === 'bytes' ? 'bytes' : 'a tensor frame'}.`,
        payload: { type: 'string', contentEncoding: 'binary' },
        ...(payload.head === undefined ? {} : { 'x-head': jsonSchemaOf(payload.head, 'output') }),
      };
  }
}

function eventsEntry(): JsonObject {
  return {
    address: 'sedge/v1/{project}/events/{kind}',
    description: 'State changes, for subscribers outside.',
    parameters: { project: NODE_PARAMETERS.project, kind: { enum: EVENT_KINDS.map((kind) => kind.replace('.', '-')) } },
    messages: { message: { payload: jsonSchemaOf(cloudEvent, 'output') } },
  };
}

function splitUrl(url: string): { host: string; protocol: string } {
  const [, protocol = 'mqtt', host = url] = /^(\w+):\/\/([^/]+)/.exec(url) ?? [];
  return { host, protocol };
}
