const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Resolves at the first Ctrl-C, or when the process is asked to end. A second one ends it at once, as usual. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.once(signal, resolve);
  });
}

/** Keeps the process alive for as long as somebody waits for the promise. */
export async function stayUp(until: Promise<void>): Promise<void> {
  const alive = setInterval(() => undefined, 60_000);
  await until;
  clearInterval(alive);
}
