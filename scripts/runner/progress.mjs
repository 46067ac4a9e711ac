/** Progress goes to standard error: standard output belongs to the command that is run. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Runs one step and tells how long it took. */
export async function step(label, work) {
  say(`· ${label} …`);
  const startedMs = performance.now();
  const result = await work();
  say(`  ${label}: done in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  return result;
}
