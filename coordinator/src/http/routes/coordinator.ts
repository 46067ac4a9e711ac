import type { Clock } from '@sedge/kit';
import type { Handlers } from '../handler.ts';
import type { HttpRooms } from '../rooms.ts';
import { serverSentEvents } from '../server-sent-events.ts';

export function coordinatorRoutes(
  { info, events }: Pick<HttpRooms, 'info' | 'events'>,
  clock: Pick<Clock, 'setTimer'>,
): Pick<Handlers, 'info' | 'events'> {
  return {
    info: () => info(),
    events: ({ request, reply }) => {
      const subscription = events.subscribe(request.headers.get('last-event-id') ?? undefined);
      return reply(serverSentEvents(subscription, clock), {
        headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
      });
    },
  };
}
