import type { ModelHost, ModelHostOptions } from '@sedge/runtime';

export interface LazyHost extends Pick<ModelHost, 'open' | 'run' | 'close' | 'train'> {
  /** Fine before the first use, and twice. */
  stop(): Promise<void>;
}

/** A model host that is not even imported before it is used: engines would cost an idle agent half of its memory. */
export function lazyHost(options: ModelHostOptions): LazyHost {
  let starting: Promise<ModelHost> | undefined;
  const host = (): Promise<ModelHost> => (starting ??= startHost(options));
  return {
    open: async (...call) => (await host()).open(...call),
    run: async (...call) => (await host()).run(...call),
    close: async (...call) => (await host()).close(...call),
    train: async (...call) => (await host()).train(...call),
    stop: async () => (await starting)?.stop(),
  };
}

async function startHost(options: ModelHostOptions): Promise<ModelHost> {
  const { startWorkerHost } = await import('@sedge/runtime');
  const host = startWorkerHost(options);
  await host.start();
  return host;
}
