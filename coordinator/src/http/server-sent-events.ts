import { toUtf8 } from '@sedge/protocol';
import type { CloudEvent } from '@sedge/protocol/routes';
import type { Clock } from '@sedge/kit';

/** State changes as they come; `end` lets go of them. */
export interface Subscription extends AsyncIterable<CloudEvent> {
  end(): void;
}

/** Proxies close a connection on which nothing is said for a minute. */
const HEARTBEAT_MS = 15_000;
const RETRY_MS = 3_000;

/** Events in the format of the HTML standard (§9.2), with a comment now and then while nothing happens. */
export function serverSentEvents(
  subscription: Subscription,
  clock: Pick<Clock, 'setTimer'>,
): ReadableStream<Uint8Array> {
  const iterator = subscription[Symbol.asyncIterator]();
  let waiting: Promise<IteratorResult<CloudEvent>> | undefined;
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(toUtf8(`retry: ${RETRY_MS}\n\n`)),
    async pull(controller) {
      waiting ??= iterator.next();
      const next = await firstOf(waiting, clock);
      if (next === 'nothing') return controller.enqueue(toUtf8(': nothing new\n\n'));
      waiting = undefined;
      if (next.done === true) controller.close();
      else controller.enqueue(toUtf8(eventText(next.value)));
    },
    cancel: () => subscription.end(),
  });
}

/** JSON has no line breaks of its own, so one `data` line holds it. */
function eventText(event: CloudEvent): string {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

function firstOf<Result>(next: Promise<Result>, clock: Pick<Clock, 'setTimer'>): Promise<Result | 'nothing'> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(HEARTBEAT_MS, () => resolve('nothing'));
    next.then(resolve, reject).finally(() => timer.cancel());
  });
}
