import { type Route, routes } from '@sedge/protocol/routes';
import { describe, expect, it } from 'vitest';
import { staticFiles } from '../../src/http/static-files.ts';
import { admin, openDoor } from './fake-rooms.ts';

describe('the documents', () => {
  it('name every route and every channel', async () => {
    const { app } = openDoor();
    const openApi = (await (await app.request('/openapi.json')).json()) as { openapi: string; paths: object };
    const asyncApi = (await (await app.request('/asyncapi.json')).json()) as { asyncapi: string; channels: object };
    expect([openApi.openapi, asyncApi.asyncapi]).toEqual(['3.1.0', '3.0.0']);
    const paths = new Set((Object.values(routes) as Route[]).map(({ path }) => path));
    expect(new Set(Object.keys(openApi.paths))).toEqual(paths);
    expect(Object.keys(asyncApi.channels)).toContain('heartbeat');
  });
});

describe('the pages', () => {
  it.each(['/', '/docs'])('%s bring all that they show, and run nothing that stands in them', async (path) => {
    const { app } = openDoor();
    const response = await app.request(path);
    const html = await response.text();
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(response.headers.get('content-security-policy')).not.toContain('script-src');
    expect(html).not.toMatch(/https?:\/\//);
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(html).not.toMatch(/\son\w+=/);
    for (const [, address = ''] of html.matchAll(/(?:src|href)="(\/[^"]*)"/g)) {
      expect((await app.request(address, { headers: admin })).status).toBe(200);
    }
  });

  it('are all there, with a type that browsers may not guess at', async () => {
    const { app } = openDoor();
    for (const path of staticFiles.keys()) {
      const response = await app.request(path);
      expect(response.status).toBe(200);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
    }
  });
});

describe('health', () => {
  it('is told without a token', async () => {
    const door = openDoor();
    const status = async (path: string): Promise<number> => (await door.app.request(path)).status;
    expect(await Promise.all(['/healthz', '/readyz', '/v2/health/live', '/v2/health/ready'].map(status))).toEqual([
      200, 200, 200, 200,
    ]);
    door.isReady = false;
    expect(await Promise.all(['/healthz', '/readyz', '/v2/health/live', '/v2/health/ready'].map(status))).toEqual([
      200, 503, 200, 503,
    ]);
  });

  it('says whether a model is ready', async () => {
    const door = openDoor();
    const status = async (path: string): Promise<number> => (await door.app.request(path, { headers: admin })).status;
    expect(await status('/v2/models/digits/ready')).toBe(200);
    expect(await status('/v2/models/digits/versions/9/ready')).toBe(404);
    door.isReady = false;
    expect(await status('/v2/models/digits/ready')).toBe(503);
  });
});

describe('/metrics', () => {
  it('has what was counted, in base units', async () => {
    const door = openDoor();
    door.metrics.broker.message('heartbeat', 'ok');
    door.metrics.broker.dropped();
    door.metrics.inference.finished('NODE_LOST', 0.25);
    door.metrics.inference.placed('placed');
    door.metrics.roundClosed('completed');
    await door.app.request('/api/v1/nodes', { headers: admin });
    const response = await door.app.request('/metrics', { headers: admin });
    const text = await response.text();
    expect(response.headers.get('content-type')).toContain('text/plain');
    for (const line of [
      'sedge_nodes{status="online"} 2',
      'sedge_quarantined_models{node="roof"} 2',
      'sedge_heartbeats_total 1',
      'sedge_messages_total{channel="heartbeat",outcome="ok"} 1',
      'sedge_broker_dropped_total 1',
      'sedge_inference_requests_total{outcome="NODE_LOST"} 1',
      'sedge_inference_duration_seconds_sum 0.25',
      'sedge_placement_decisions_total{decision="placed"} 1',
      'sedge_rounds_total{outcome="completed"} 1',
      'sedge_http_answers_total{route="listNodes",status="200"} 1',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    expect(text).toContain('sedge_event_loop_lag_seconds{quantile="0.99"}');
  });

  it('wants a token unless it is opened', async () => {
    expect((await openDoor().app.request('/metrics')).status).toBe(401);
    expect((await openDoor({ isMetricsOpen: true }).app.request('/metrics')).status).toBe(200);
  });
});
