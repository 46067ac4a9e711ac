import type { LocalDoor, LocalDoorOptions } from './local-door.ts';

export interface LazyDoor {
  /** Where programs find it; undefined while it is closed. */
  url(): string | undefined;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface LazyDoorOptions extends Omit<LocalDoorOptions, 'port'> {
  /** The door stays closed where there is none. */
  readonly port: number | undefined;
}

/** A door whose code is not even imported while it is closed: an HTTP server would cost an idle agent memory. */
export function lazyDoor({ port, ...options }: LazyDoorOptions): LazyDoor {
  let door: LocalDoor | undefined;
  return {
    url: () => door?.url,
    async start() {
      if (port === undefined) return;
      door ??= new (await import('./local-door.ts')).LocalDoor({ ...options, port });
      await door.start();
    },
    stop: async () => door?.stop(),
  };
}
