import { type EventKind, eventTopic, type ProjectId } from '@sedge/protocol';
import type { CloudEvent } from '@sedge/protocol/routes';
import type { Bus, Log } from '@sedge/kit';

export interface EventPublisherOptions {
  readonly bus: Pick<Bus, 'publish'>;
  readonly project: ProjectId;
  readonly log: Log;
}

/** Tells MQTT subscribers of each event, on `events/node-changed` and the like: a dot in a level breaks NATS. */
export function eventPublisher(options: EventPublisherOptions): (event: CloudEvent, kind: EventKind) => void {
  const { bus, project, log } = options;
  return (event, kind) => {
    const topic = eventTopic(project, kind.replace('.', '-'));
    bus.publish(topic, JSON.stringify(event), { qos: 1 }).catch((error: unknown) => {
      log.debug('an event was not published', { kind, error });
    });
  };
}
