import { rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { savePublisherKey } from '@sedge/cli';
import type { Digits } from '../data/digits.ts';
import { foundLines } from '../data/found-lines.ts';
import { deployEverywhere, publishCentroids, publishPerceptron } from '../demo/models.ts';
import { prepareDigits } from '../demo/prepare-digits.ts';
import { uploadTestSet } from '../demo/test-set.ts';
import { makeFleet, type Fleet } from '../local-fleet/fleet.ts';
import { temporaryFolder } from '../local-fleet/folder.ts';
import { stayUp, untilStopped } from '../until-stopped.ts';
import type { DevOptions } from './options.ts';

const SEED = 'sedge dev';
const SETS = [{ name: 'digits', among: 'nodes' }] as const;

/** A fleet with both kinds of model ready, and its share of the digits on every node, until Ctrl-C. */
export async function runDev(options: DevOptions, say: (line: string) => void): Promise<void> {
  const stopped = untilStopped();
  const folder = options.stateDir === undefined ? await temporaryFolder() : resolve(options.stateDir);
  const digits = await prepareDigits(join(folder, 'data'), { ...options, sets: SETS, seed: SEED });
  foundLines(digits.found).forEach(say);
  const { agents, identities } = options;
  const fleet = await makeFleet({ agents, identities, folder, sharesOf: digits.sharesOf, onProgress: say });
  try {
    await Promise.race([bringUp(fleet, digits, options, say).then(() => stayUp(stopped)), stopped]);
  } finally {
    await fleet.stop();
    if (options.stateDir === undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function bringUp(
  fleet: Fleet,
  { test, train }: Digits,
  { readyFile }: DevOptions,
  say: (line: string) => void,
): Promise<void> {
  await fleet.start();
  const publishing = { client: fleet.client, key: fleet.publisherKey };
  for (const version of [await publishCentroids(publishing, train), await publishPerceptron(publishing, SEED)]) {
    const nodes = await deployEverywhere(fleet.client, version);
    say(`${version.name}@${version.version} (${version.format}) is ready on ${nodes} nodes`);
  }
  const { name, examples } = await uploadTestSet(fleet.client, test);
  say(`${name} holds ${examples} digits to evaluate on`);
  const { httpUrl, mqttUrl, adminToken } = fleet.coordinator;
  const publisherKey = join(fleet.folder, 'publisher.key');
  await savePublisherKey(publisherKey, fleet.publisherKey);
  say(`export SEDGE_URL=${httpUrl} SEDGE_TOKEN=${adminToken ?? ''} SEDGE_PUBLISHER_KEY=${publisherKey}`);
  say('ready; Ctrl-C ends it');
  if (readyFile !== undefined)
    await writeWhole(resolve(readyFile), { http: httpUrl, mqtt: mqttUrl, token: adminToken, publisherKey });
}

/** Whoever waits for the file never reads half of it. */
async function writeWhole(path: string, value: unknown): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  await writeFile(partial, `${JSON.stringify(value)}\n`, { mode: 0o600 });
  await rename(partial, path);
}
