import type { Handlers } from '../handler.ts';
import type { HttpRooms } from '../rooms.ts';

/** What is measured, as text in the Prometheus exposition format. */
export interface MetricsSource {
  readonly contentType: string;
  text(): Promise<string>;
}

const TEXT = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };

export function healthRoutes(
  { isReady }: Pick<HttpRooms, 'isReady'>,
  metrics: MetricsSource,
): Pick<Handlers, 'healthz' | 'readyz' | 'metrics'> {
  return {
    healthz: ({ reply }) => reply('ok\n', { headers: TEXT }),
    readyz: ({ reply }) =>
      isReady() ? reply('ready\n', { headers: TEXT }) : reply('not ready\n', { status: 503, headers: TEXT }),
    metrics: async ({ reply }) =>
      reply(await metrics.text(), { headers: { 'content-type': metrics.contentType, 'cache-control': 'no-store' } }),
  };
}
