import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeCrypto } from '@sedge/kit';
import { digestOf, openSignedModel, signedModel, toBase64, trustedPublishers } from '@sedge/protocol';
import { LANGUAGES } from '@sedge/wasm-models';
import { hasClang } from '@sedge/wasm-models/author';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPublisherKey } from '../../src/publisher-key.ts';
import { jsonReply, type Asked } from '../fake-door.ts';
import { runProgram } from '../run-program.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sedge-author-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a command that must succeed answers. */
async function answerOf(args: readonly string[], surroundings = {}): Promise<Record<string, unknown>> {
  const ran = await runProgram([...args, '--json'], surroundings);
  expect(ran.failure).toBeUndefined();
  expect(ran.exitCode).toBe(0);
  return JSON.parse(ran.written) as Record<string, unknown>;
}

describe.each(LANGUAGES)('an author of %s', (language) => {
  it('goes from nothing to a published model', { timeout: 180_000 }, async ({ skip }) => {
    if (language === 'c') skip(!(await hasClang()), 'the optional package @yowasp/clang is not installed');
    const project = join(folder, `pump-${language}`);
    const input = join(project, 'input.json');
    await answerOf(['model', 'new', project, '--language', language]);

    const built = await answerOf(['model', 'build', project]);
    expect(built).toMatchObject({ name: `pump-${language}`, world: 'edge-model' });
    expect(built['sizeBytes']).toBeLessThanOrEqual(64 * 1024);

    const checked = await answerOf(['model', 'check', project]);
    expect(checked).toMatchObject({ isAccepted: true, digest: built['digest'] });
    expect(checked['functions']).toMatchObject([{ name: 'score', inputs: [{ shape: [-1, 3] }] }]);

    // By hand: the readings of the first row are the means, so its sum is the bias, −1. The second one adds
    // 1 · 15 / 10 + 2 · 2 / 1 + 0.5 · 1 / 0.5 = 6.5. Then 1 / (1 + e^−x).
    const ran = await answerOf(['model', 'run', project, '--input', input, '--repeat', '3']);
    const [score] = ran['outputs'] as { data: number[] }[];
    expect(score?.data[0]).toBeCloseTo(1 / (1 + Math.exp(1)), 6);
    expect(score?.data[1]).toBeCloseTo(1 / (1 + Math.exp(-5.5)), 6);
    expect(ran['timing']).toMatchObject({ runs: 3 });

    await publishOffline(project);
  });
});

/** Signs without a coordinator, then publishes what was signed, without the key. */
async function publishOffline(project: string): Promise<void> {
  const keyFile = join(project, 'publisher.key');
  const { key } = await openPublisherKey(keyFile);
  const manifestFile = join(project, 'manifest.json');
  await answerOf(['model', 'sign', project, '--model-version', '4', '--key', keyFile, '--out', manifestFile]);
  const component = new Uint8Array(await readFile(join(project, 'dist', 'model.wasm')));
  const weights = new Uint8Array(await readFile(join(project, 'weights.safetensors')));
  const trusted = trustedPublishers(nodeCrypto, [{ name: 'me', publicKey: toBase64(key.publicKey) }]);
  const accept = ({ body }: Asked) => {
    const manifest = openSignedModel(nodeCrypto, signedModel.parse(JSON.parse(body)), trusted);
    const more = { signer: '0'.repeat(64), delegated: false, publishedAt: manifest.createdAt, readyNodes: 0 };
    return jsonReply({ ...manifest, ...more }, 201);
  };
  const put = (content: Uint8Array) => `PUT /api/v1/blobs/${encodeURIComponent(digestOf(nodeCrypto, content))}`;
  const replies = { [put(component)]: jsonReply({}), [put(weights)]: jsonReply({}), 'POST /api/v1/models': accept };
  const published = await answerOf(['models', 'publish', '--manifest', manifestFile, project], { replies });
  expect(published).toMatchObject({ version: 4, artifact: { digest: digestOf(nodeCrypto, component) } });

  const other = await runProgram(['models', 'publish', '--manifest', manifestFile, keyFile], { replies });
  expect(other.failure).toMatch(/^DIGEST_MISMATCH: /);
  expect(other.door.asked).toEqual([]);
}

describe('sedge model new', () => {
  it('leaves a folder alone that holds something', async () => {
    await writeFile(join(folder, 'mine.txt'), 'mine');
    const { failure } = await runProgram(['model', 'new', folder]);
    expect(failure).toMatch(/^MODEL_PROJECT_EXISTS: /);
  });
});

describe('sedge model build', () => {
  it('says where a folder without a project is wrong', async () => {
    const { failure } = await runProgram(['model', 'build', '/nonexistent']);
    expect(failure).toMatch(/^MODEL_PROJECT_INVALID: .*\n {2}\/nonexistent\/model.json cannot be read/);
  });

  it('names file, line and column of what does not compile', { timeout: 60_000 }, async () => {
    const project = join(folder, 'broken');
    await runProgram(['model', 'new', project]);
    const path = join(project, 'model.ts');
    const source = await readFile(path, 'utf8');
    await writeFile(path, source.replace('return OK;', 'return missing;'));
    const { failure } = await runProgram(['model', 'build', project]);
    expect(failure).toMatch(/^MODEL_BUILD_FAILED: /);
    const line = source.slice(0, source.indexOf('return OK;')).split('\n').length;
    expect(failure).toContain(`model.ts:${line}:12: error TS2304: Cannot find name 'missing'`);
  });

  it('refuses a field of model.json that it does not know', async () => {
    const project = join(folder, 'misspelt');
    await runProgram(['model', 'new', project]);
    const path = join(project, 'model.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"licence"', '"license"'));
    const { failure } = await runProgram(['model', 'build', project]);
    expect(failure).toMatch(/^MODEL_PROJECT_INVALID: .*license/s);
  });
});

describe('sedge model run', () => {
  it('says what to do with a project that is not built', async () => {
    const project = join(folder, 'unbuilt');
    await runProgram(['model', 'new', project]);
    const { failure } = await runProgram(['model', 'run', project, '--input', '-'], { standardInput: '[]' });
    expect(failure).toContain(`sedge model build ${project}`);
  });
});
