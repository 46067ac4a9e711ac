import { readdir, readFile } from 'node:fs/promises';

const SAMPLE_MS = 20;

/** The most private memory that a model host of this process had while the work was done, from /proc: Linux only. */
export async function privateBytesPeak(work: () => Promise<unknown>): Promise<number> {
  let peak = 0;
  const progress = { isDone: false };
  const done = work().finally(() => {
    progress.isDone = true;
  });
  // Its failure is awaited below, after the last sample.
  done.catch(() => undefined);
  while (!progress.isDone) {
    peak = Math.max(peak, ...(await Promise.all((await hostPids()).map(privateBytes))));
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  }
  await done;
  return peak;
}

async function hostPids(): Promise<string[]> {
  const tasks = await readdir(`/proc/${process.pid}/task`);
  const lists = await Promise.all(tasks.map((task) => read(`/proc/${process.pid}/task/${task}/children`)));
  const children = lists.join(' ').split(' ').filter(Boolean);
  const commands = await Promise.all(children.map((pid) => read(`/proc/${pid}/cmdline`)));
  return children.filter((_, index) => commands[index]?.includes('process-main'));
}

async function privateBytes(pid: string): Promise<number> {
  const [, kilobytes = '0'] = /^RssAnon:\s+(\d+) kB$/m.exec(await read(`/proc/${pid}/status`)) ?? [];
  return Number(kilobytes) * 1024;
}

/** Empty for a process or thread that has ended meanwhile. */
function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
