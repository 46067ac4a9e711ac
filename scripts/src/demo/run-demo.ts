import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { systemClock } from '@sedge/kit';
import { makeFleet, type Fleet } from '../local-fleet/fleet.ts';
import { temporaryFolder } from '../local-fleet/folder.ts';
import { portOrAny } from '../local-fleet/ports.ts';
import { stayUp, untilStopped } from '../until-stopped.ts';
import { foundLines } from '../data/found-lines.ts';
import { DATA_SETS } from './data-sets.ts';
import { Narrator, type Screen } from './narrator.ts';
import type { DemoOptions } from './options.ts';
import { Phases } from './phases.ts';
import { prepareDigits, type PreparedDigits } from './prepare-digits.ts';
import { showEverything } from './show-everything.ts';
import { summaryOf, writeSummary } from './summary.ts';

const SIZE = { agents: 5, identities: 10 };
const HTTP_PORT = 8080;
const MQTT_PORT = 1883;
/** Partitions, initial weights and batches follow from it; noise and keys do not. */
const SEED = 'sedge demo';

/** Shows everything on a fleet of fifty nodes, then stays up, or ends with `--once`. Ctrl-C ends it at any point. */
export async function runDemo(options: DemoOptions, screen: Screen): Promise<void> {
  const stopped = untilStopped();
  const narrator = new Narrator(screen);
  const phases = new Phases(systemClock);
  const folder = options.stateDir === undefined ? await temporaryFolder() : resolve(options.stateDir);
  narrator.heading('Data');
  const digits = await phases.measure('data', () =>
    prepareDigits(join(folder, 'data'), { ...SIZE, sets: DATA_SETS, split: options.split, seed: SEED }),
  );
  narrator.lines(foundLines(digits.found));
  const fleet = await makeFleet({
    ...SIZE,
    ...(await freePorts(narrator)),
    folder,
    sharesOf: digits.sharesOf,
    onProgress,
  });
  try {
    await Promise.race([show(fleet, digits, { narrator, phases, options, stopped }), stopped]);
  } finally {
    await fleet.stop();
    if (options.stateDir === undefined && options.keep !== true) await rm(folder, { recursive: true, force: true });
    else narrator.line(`state and logs lie in ${folder}`);
  }

  function onProgress(words: string): void {
    narrator.line(words);
  }
}

interface Running {
  readonly narrator: Narrator;
  readonly phases: Phases;
  readonly options: DemoOptions;
  readonly stopped: Promise<void>;
}

async function show(fleet: Fleet, digits: PreparedDigits, running: Running): Promise<void> {
  const { narrator, phases, options, stopped } = running;
  narrator.heading('Fleet');
  await phases.measure('start', () => fleet.start());
  narrator.line(`page: ${pageOf(fleet)}`);
  const outcome = await showEverything({ fleet, digits, narrator, phases, seed: SEED });
  const summary = summaryOf({ ...outcome, seconds: phases.seconds });
  narrator.heading('Done');
  narrator.line(secondsWords(phases.seconds));
  if (options.summary !== undefined) await writeSummary(resolve(options.summary), summary);
  if (options.once === true) return;
  narrator.line(`page: ${pageOf(fleet)}`);
  narrator.line('everything stays up; Ctrl-C ends it');
  await stayUp(stopped);
}

function secondsWords(seconds: Phases['seconds']): string {
  return Object.entries(seconds)
    .map(([name, count]) => `${name} ${count} s`)
    .join(', ');
}

/** What stands behind # never leaves the browser. */
function pageOf({ coordinator }: Fleet): string {
  return `${coordinator.httpUrl}/#token=${coordinator.adminToken ?? ''}`;
}

async function freePorts(narrator: Narrator): Promise<{ readonly httpPort: number; readonly mqttPort: number }> {
  const [httpPort, mqttPort] = await Promise.all([portOrAny(HTTP_PORT), portOrAny(MQTT_PORT)]);
  if (httpPort === 0) narrator.line(`port ${HTTP_PORT} is taken by another program, so HTTP gets a free one`);
  if (mqttPort === 0) narrator.line(`port ${MQTT_PORT} is taken by another program, so MQTT gets a free one`);
  return { httpPort, mqttPort };
}
