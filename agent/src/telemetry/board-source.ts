/** What the operating system and the files of a board tell; given from outside, so that tests run on fixtures. */
export interface BoardSource {
  readonly platform: string;
  readonly release: string;
  readonly arch: string;
  readonly nodeVersion: string;
  cpus(): readonly CpuTimes[];
  loadAverage1(): number;
  memory(): { readonly totalBytes: number; readonly availableBytes: number; readonly processBytes: number };
  uptimeS(): number;
  /** Milliseconds of processor that this process has used. */
  processCpuMs(): number;
  /** Undefined where there is no such file, or it cannot be read. */
  readText(path: string): Promise<string | undefined>;
  /** Names in a folder; none where there is no such folder. */
  list(path: string): Promise<readonly string[]>;
  /** What a program writes, at most a few lines; undefined where there is none, or it fails or takes too long. */
  run(program: string, words: readonly string[]): Promise<string | undefined>;
  disk(path: string): Promise<{ readonly totalBytes: number; readonly freeBytes: number } | undefined>;
}

/** Milliseconds that one core spent since the start. */
export interface CpuTimes {
  readonly model: string;
  readonly idleMs: number;
  readonly busyMs: number;
}
