import { rm } from 'node:fs/promises';
import { CoordinatorDoor, enrol, httpExchange } from '@sedge/agent';
import { nodeCrypto, systemClock } from '@sedge/kit';
import { addressOf, decodeEnrolmentToken, SedgeError } from '@sedge/protocol';
import { routes } from '@sedge/protocol/routes';
import { temporaryFolder } from '../../local-fleet/folder.ts';
import { medianOf, rounded, type Benchmark } from '../benchmark.ts';
import { startBareBroker, startCoordinator, type Listener, type ListeningCoordinator } from './listeners.ts';
import { cpuSecondsOf } from './process-cpu.ts';
import { Speaker, type SpeakerIdentity } from './speaker.ts';

const NODES = 50;
const PAIRS = 5;
/** Of each node in one leg. */
const BEATS = 160;
/** Together 1,000 heartbeats per second: what 5,000 nodes say at the interval of 5 s. */
const INTERVAL_MS = 50;
const HEARD_MS = 10_000;

/** Both processes, with the same nodes speaking to each. */
interface Side {
  readonly listener: Listener;
  readonly speakers: readonly Speaker[];
}

/**
 * Processor time per heartbeat of a whole coordinator (broker, checks of topic and sender, decoding, liveness, registry,
 * batched storage) against that of a bare broker with one subscriber that counts, in turns within one run.
 */
export const benchHeartbeat: Benchmark = async (tell) => {
  const folder = await temporaryFolder();
  const stops: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const coordinator = await startCoordinator(folder);
    stops.push(() => coordinator.stop());
    const bare = await startBareBroker(folder);
    stops.push(() => bare.stop());
    const identities = await enrolNodes(coordinator);
    const sides = { coordinator: sideOf(coordinator, identities), bare: sideOf(bare, identities) };
    stops.push(
      () => silence(sides.coordinator),
      () => silence(sides.bare),
    );
    for (const { speakers } of Object.values(sides)) await Promise.all(speakers.map((speaker) => speaker.start()));
    return await measurePairs(sides, tell);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
};

function sideOf(listener: Listener, identities: readonly SpeakerIdentity[]): Side {
  return { listener, speakers: identities.map((identity) => new Speaker(listener.mqttUrl, identity)) };
}

async function silence({ speakers }: Side): Promise<void> {
  await Promise.all(speakers.map((speaker) => speaker.stop()));
}

/** With real identities, so that the coordinator checks what it checks of every node. */
async function enrolNodes({ client }: ListeningCoordinator): Promise<SpeakerIdentity[]> {
  const { tokens } = await client.call(routes.createEnrolmentToken, { body: { count: NODES } });
  const door = new CoordinatorDoor(httpExchange);
  const send = (url: string, request: Parameters<typeof door.enrol>[1]) => door.enrol(url, request);
  return Promise.all(
    tokens.map(async ({ token }) => {
      const enrolled = await enrol({ token, crypto: nodeCrypto, clock: systemClock, send });
      const { node, project } = enrolled.identity;
      const { coordinator } = decodeEnrolmentToken(token);
      return { address: addressOf(nodeCrypto, project, node), coordinator, key: enrolled.key };
    }),
  );
}

async function measurePairs(sides: { coordinator: Side; bare: Side }, tell: (line: string) => void) {
  // The first legs warm the compilers up and are not counted.
  await measureLeg(sides.coordinator);
  await measureLeg(sides.bare);
  const coordinator: number[] = [];
  const bare: number[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    coordinator.push(await measureLeg(sides.coordinator));
    bare.push(await measureLeg(sides.bare));
    tell(
      `pair ${pair + 1}: coordinator ${rounded(coordinator.at(-1) ?? 0)} µs, bare broker ${rounded(bare.at(-1) ?? 0)} µs`,
    );
  }
  const ratios = coordinator.map((value, pair) => value / (bare[pair] ?? Number.NaN));
  const figures = {
    nodes: NODES,
    heartbeatsPerLeg: NODES * BEATS,
    heartbeatsPerSecond: (1_000 / INTERVAL_MS) * NODES,
    coordinatorMicroseconds: rounded(medianOf(coordinator)),
    bareMicroseconds: rounded(medianOf(bare)),
    ratio: rounded(medianOf(ratios)),
    ratios: ratios.map((ratio) => rounded(ratio)),
  };
  tell(`median: ${figures.coordinatorMicroseconds} µs, ${figures.ratio} times the bare broker`);
  return figures;
}

/** Microseconds of processor time per heartbeat. Throws INTERNAL when some were not heard. */
async function measureLeg({ listener, speakers }: Side): Promise<number> {
  const heardBefore = await listener.heard();
  const cpuBefore = await cpuSecondsOf(listener.pid);
  const startedMs = systemClock.monotonicMs();
  for (let beat = 0; beat < BEATS; beat += 1) {
    await Promise.all(speakers.map((speaker) => speaker.beat()));
    await systemClock.sleep(Math.max(0, startedMs + (beat + 1) * INTERVAL_MS - systemClock.monotonicMs()));
  }
  const sent = BEATS * speakers.length;
  await allHeard(listener, heardBefore + sent);
  return (((await cpuSecondsOf(listener.pid)) - cpuBefore) * 1e6) / sent;
}

async function allHeard(listener: Listener, expected: number): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + HEARD_MS;
  for (;;) {
    const heard = await listener.heard();
    if (heard >= expected) return;
    if (systemClock.monotonicMs() > deadlineMs) {
      throw new SedgeError('INTERNAL', `${expected - heard} of the last heartbeats were not heard`);
    }
    await systemClock.sleep(50);
  }
}
