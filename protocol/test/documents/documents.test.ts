import { describe, expect, it } from 'vitest';
import { asyncApiDocument, openApiDocument } from '../../src/documents/index.ts';
import { channels } from '../../src/index.ts';
import { routes, type Route } from '../../src/routes/index.ts';

type Operation = { operationId: string; security: unknown[]; parameters: { name: string; in: string }[] };

describe('OpenAPI document', () => {
  const document = openApiDocument({ version: '1.2.3' }) as {
    openapi: string;
    paths: Record<string, Record<string, Operation>>;
  };
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));

  it('lists every route once, under its name', () => {
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(routes).sort());
  });

  it('names every path parameter and asks for a token wherever the table does', () => {
    for (const [name, declared] of Object.entries(routes) as [string, Route][]) {
      const operation = document.paths[declared.path]?.[declared.method.toLowerCase()];
      const inPath = operation?.parameters
        .filter((parameter) => parameter.in === 'path')
        .map((parameter) => parameter.name);
      expect(inPath, name).toEqual([...declared.path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter));
      expect(operation?.security.length === 0, name).toBe('public' in declared.access);
    }
  });

  it('keeps the doors that need no token to those that the design names', () => {
    const open = (Object.entries(routes) as [string, Route][])
      .filter(([, { access }]) => 'public' in access)
      .map(([name]) => name);
    expect(open.sort()).toEqual([
      'asyncApi',
      'docs',
      'enrol',
      'healthz',
      'openApi',
      'readyz',
      'serverLive',
      'serverReady',
    ]);
  });
});

describe('AsyncAPI document', () => {
  const document = asyncApiDocument({ version: '1.2.3', mqttUrl: 'mqtt://127.0.0.1:1883' }) as {
    channels: Record<string, { address: string }>;
    operations: Record<string, { action: string; bindings: { mqtt: { qos: number; retain: boolean } } }>;
    servers: { broker: { host: string } };
  };

  it('lists every channel, with direction and delivery', () => {
    expect(Object.keys(document.channels).sort()).toEqual([...Object.keys(channels), 'events'].sort());
    expect(document.operations['heartbeat']).toMatchObject({
      action: 'receive',
      bindings: { mqtt: { qos: 0, retain: false } },
    });
    expect(document.operations['desiredTwin']).toMatchObject({
      action: 'send',
      bindings: { mqtt: { qos: 1, retain: false } },
    });
    expect(document.servers.broker.host).toBe('127.0.0.1:1883');
  });
});
