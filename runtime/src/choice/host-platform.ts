/** What decides whether a native engine can run here. */
export interface HostPlatform {
  /** As in `process.platform` and `process.arch`. */
  readonly os: string;
  readonly arch: string;
  readonly nodeVersion: string;
  /** Version of the GNU C library; absent with another one, for example musl. */
  readonly glibcVersion?: string;
}

/** Of this process. */
export function thisPlatform(): HostPlatform {
  const { platform: os, arch, versions } = process;
  const glibcVersion = os === 'linux' ? glibcOfProcess() : undefined;
  return { os, arch, nodeVersion: versions.node, ...(glibcVersion !== undefined && { glibcVersion }) };
}

function glibcOfProcess(): string | undefined {
  const report: { excludeNetwork?: boolean } & typeof process.report = process.report;
  // Looking up the names of network peers could block for seconds.
  report.excludeNetwork = true;
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime;
}
