import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeClock } from '@sedge/kit/testing';
import type { ModelStatus, NodeId, ProjectId } from '@sedge/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommandContext } from '../../src/commands/command-context.ts';
import { EXIT } from '../../src/commands/failure.ts';
import { runProgram } from '../../src/commands/program.ts';
import { StatusFile } from '../../src/status/status-file.ts';
import { CoordinatorDouble } from '../support/coordinator-double.ts';

let folder = '';
let out: string[] = [];
let errors: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sedge-command-'));
  out = [];
  errors = [];
});
afterEach(() => rm(folder, { recursive: true }));

function run(words: string, changes: Partial<CommandContext> = {}): Promise<number> {
  return runProgram(
    words.split(' ').filter((word) => word !== ''),
    {
      env: { SEDGE_AGENT_DIR: join(folder, 'agent') },
      homeDirectory: folder,
      workingDirectory: folder,
      nodeVersion: 'v20',
      arch: 'x64',
      residentBytes: () => 1,
      cpuMs: () => 1,
      processes: { ownId: 1, birthOf: async () => undefined },
      write: (line) => out.push(line),
      writeError: (line) => errors.push(line),
      stopRequested: AbortSignal.abort(),
      ...changes,
    },
  );
}

describe('sedge-agent enrol', () => {
  it('enrols as many identities as there are tokens, and keeps them', async () => {
    await using coordinator = await CoordinatorDouble.start();
    const tokens = [coordinator.enrolmentToken(), coordinator.enrolmentToken()];
    await writeFile(join(folder, 'tokens'), `# two\n${tokens.join('\n')}\n`);
    const words = `enrol --token-file ${join(folder, 'tokens')} --identities 2 --name pi --label room=hall --json`;
    expect(await run(words)).toBe(EXIT.done);
    expect(JSON.parse(out[0] ?? '')).toMatchObject({
      identities: [
        { number: 1, name: 'pi-1' },
        { number: 2, name: 'pi-2' },
      ],
    });
    expect(await readdir(join(folder, 'agent', 'identities'))).toEqual(['1', '2']);
    expect(await run(words)).toBe(EXIT.failed);
    expect(errors.at(-1)).toContain('"ALREADY_ENROLLED"');
    expect(await run('status --json')).toBe(EXIT.done);
    expect(JSON.parse(out.at(-1) ?? '')).toMatchObject({
      running: false,
      enrolled: [{ name: 'pi-1' }, { name: 'pi-2' }],
    });
  });

  it('shows what the coordinator refuses, and changes nothing then', async () => {
    await using coordinator = await CoordinatorDouble.start();
    const token = coordinator.enrolmentToken();
    expect(await run(`enrol --token ${token}`)).toBe(EXIT.done);
    const elsewhere = { env: { SEDGE_AGENT_DIR: join(folder, 'other') } };
    expect(await run(`enrol --token ${token}`, elsewhere)).toBe(EXIT.failed);
    expect(errors.at(-1)).toMatch(/^TOKEN_USED: .*Make a new one/);
    const foreign = coordinator.enrolmentToken({ coordinator: coordinator.publisher });
    expect(await run(`enrol --token ${foreign}`, elsewhere)).toBe(EXIT.failed);
    expect(errors.at(-1)).toContain('COORDINATOR_MISMATCH');
    expect(await readdir(folder)).toEqual(['agent']);
  });

  it('may be tried again where no coordinator answers', async () => {
    const token = new CoordinatorDouble().enrolmentToken({ url: 'http://127.0.0.1:9' });
    expect(await run(`enrol --token ${token}`)).toBe(EXIT.later);
    expect(errors.at(-1)).toContain('COORDINATOR_UNREACHABLE');
  });
});

describe('sedge-agent', () => {
  it.each([
    ['enrol', EXIT.usage, 'USAGE'],
    ['enrol --token x --identities 2', EXIT.usage, 'USAGE'],
    ['enrol --token x', EXIT.failed, 'TOKEN_MALFORMED'],
    ['enrol --tokn x', EXIT.usage, 'Did you mean --token?'],
    ['fly', EXIT.usage, 'USAGE'],
    ['run', EXIT.failed, 'NOT_ENROLLED'],
    ['run --identities 0', EXIT.usage, 'integer from 1'],
    ['status', EXIT.failed, 'NOT_ENROLLED'],
    ['dataset list', EXIT.failed, 'NOT_ENROLLED'],
    ['local token', EXIT.failed, 'NOT_ENROLLED'],
    ['local token --new', EXIT.failed, 'NOT_ENROLLED'],
  ])('answers "%s" with the exit status %i and says %s', async (words, status, said) => {
    expect(await run(words)).toBe(status);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(said);
  });

  it('names a setting that is wrong', async () => {
    expect(await run('status', { env: { SEDGE_HEARTBEAT_MS: 'soon' } })).toBe(EXIT.usage);
    expect(errors[0]).toMatch(/^CONFIG_INVALID: .*\n  .*SEDGE_HEARTBEAT_MS is "soon"/);
    expect(await run('status', { env: { SEDGE_BLOB_RAOD: 'http' } })).toBe(EXIT.usage);
    expect(errors[1]).toContain('SEDGE_BLOB_ROAD');
  });

  it('says why it failed as sedge says it, in words and in JSON', async () => {
    const agent = join(folder, 'agent');
    const say = 'This agent has no identity yet. Run "sedge-agent enrol --token <token>" first.';
    await run('status');
    expect(errors).toEqual([`NOT_ENROLLED: ${say}\n  ${agent}`]);
    await run('status --json');
    expect(JSON.parse(errors[1] ?? '')).toEqual({
      error: { code: 'NOT_ENROLLED', say, detail: agent, retry: 'after-change' },
    });
  });

  it('shows the help of a group, and says that a subcommand is missing', async () => {
    expect(await run('dataset')).toBe(EXIT.usage);
    expect(errors.at(-1)).toMatch(/^USAGE: .*\n {2}a subcommand is missing$/);
  });

  it('shows help and version as a success', async () => {
    expect(await run('--help')).toBe(EXIT.done);
    expect(out.join('\n')).toContain('enrol');
    expect(out.join('\n')).toMatch(/Exit status:\n {2}0 {2}done\n/);
    expect(await run('--version')).toBe(EXIT.done);
    expect(errors).toEqual([]);
  });
});

describe('sedge-agent publisher', () => {
  const publicKey = 'A'.repeat(43) + '=';
  // sha256 of 32 zero bytes, by sha256sum.
  const keyId = '66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925';
  const names = async (words = ''): Promise<string[][]> => {
    await run(`publisher list --json ${words}`);
    const listed = JSON.parse(out.at(-1) ?? '') as { publishers: { name: string }[] }[];
    return listed.map(({ publishers }) => publishers.map(({ name }) => name));
  };

  it('pins, lists and removes whom one identity trusts, or all of them', async () => {
    await using coordinator = await CoordinatorDouble.start();
    const tokens = `--token ${coordinator.enrolmentToken()} --token ${coordinator.enrolmentToken()}`;
    await run(`enrol ${tokens} --name pi`);
    const [[enrolled = '']] = (await names()) as [string[]];
    expect(await run(`publisher add me ${publicKey} --json`)).toBe(EXIT.done);
    expect(JSON.parse(out.at(-1) ?? '')).toEqual({ name: 'me', publicKey, keyId, identities: [1, 2] });
    // The same key again only gets the new name.
    expect(await run(`publisher add myself ${publicKey} --identity 2`)).toBe(EXIT.done);
    expect(out.at(-1)).toBe(`myself is trusted by pi-2: ${keyId}`);
    expect(await names()).toEqual([
      [enrolled, 'me'],
      [enrolled, 'myself'],
    ]);
    await run('publisher list --identity 2');
    expect(out.at(-1)).toBe(`   myself: ${keyId}`);
    expect(await run('publisher remove me --json')).toBe(EXIT.done);
    expect(JSON.parse(out.at(-1) ?? '')).toEqual({ removed: 'me', identities: [1] });
    expect(await run(`publisher remove ${keyId}`)).toBe(EXIT.done);
    expect(await names()).toEqual([[enrolled], [enrolled]]);
    expect(await run('publisher remove me')).toBe(EXIT.failed);
    expect(errors.at(-1)).toMatch(/^PUBLISHER_NOT_FOUND: .*\n {2}me$/);
    expect(await readdir(join(folder, 'agent', 'identities', '1'))).toEqual(['identity.json', 'key']);
  });

  it.each(['short', 'A'.repeat(44), `${'A'.repeat(42)}==`])('refuses %s, which is no public key', async (word) => {
    expect(await run(`publisher add me ${word}`)).toBe(EXIT.usage);
  });

  it('makes no folder for an identity that is not there', async () => {
    expect(await run(`publisher add me ${publicKey} --identity 3`)).toBe(EXIT.failed);
    expect(errors.at(-1)).toContain('NOT_ENROLLED');
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('sedge-agent status', () => {
  it('shows why a running agent is not connected', async () => {
    await using coordinator = await CoordinatorDouble.start();
    await run(`enrol --token ${coordinator.enrolmentToken()} --name pi --json`);
    const { identities } = JSON.parse(out.at(-1) ?? '') as { identities: [{ node: NodeId; project: ProjectId }] };
    const refusal = {
      code: 'BROKER_REFUSED',
      say: 'What to check.',
      detail: 'not let in',
      since: '2026-01-01T00:00:00Z',
    };
    const status = { ...identities[0], number: 1, name: 'pi', coordinator: coordinator.url, connected: false, refusal };
    const idle = { twinVersion: -1, models: [], datasets: [], queue: { inference: 0, training: 0 } };
    const path = join(folder, 'agent', 'status.json');
    const probes = [
      { engine: 'onnx-web', provider: 'wasm', medianMs: 12.1 },
      { engine: 'onnx-node', provider: 'cpu', medianMs: 3.4 },
    ];
    const models = [
      { state: 'pulling', progress: { doneBytes: 1.5e6, totalBytes: 5e6, bytesPerS: 5e5, secondsLeft: 7 } },
      {
        state: 'ready',
        engine: 'onnx-node',
        choice: { engine: 'onnx-node', provider: 'cpu', reason: 'fastest', probes },
      },
      { state: 'failed', error: { code: 'MODEL_QUARANTINED', detail: '3 crashes' } },
    ].map((told, index) => ({ name: 'digits', version: index + 1, ...told }) as unknown as ModelStatus);
    const file = new StatusFile({ path, processId: 7, agent: 'test', clock: fakeClock() });
    await file.write([{ ...status, ...idle, models }], 'http://127.0.0.1:4321');
    const processes = { ownId: 1, birthOf: async () => '1' };
    await run('status', { processes });
    expect(out).toContain('Programs on this machine find it at http://127.0.0.1:4321/v2.');
    expect(out.slice(-8)).toEqual([
      '   not connected',
      '   refused since 2026-01-01T00:00:00Z: BROKER_REFUSED: What to check.',
      '     not let in',
      '   model digits@1: pulling (1.5 MB of 5.0 MB at 500.0 kB/s, 7 s left)',
      '   model digits@2: ready (on onnx-node, fastest: onnx-web/wasm 12.1 ms, onnx-node/cpu 3.40 ms)',
      '   model digits@3: failed (MODEL_QUARANTINED)',
      '     3 crashes',
      '   under way: 0 inferences, 0 trainings',
    ]);
    await run('status --json', { processes });
    expect(JSON.parse(out.at(-1) ?? '')).toMatchObject({
      running: true,
      localUrl: 'http://127.0.0.1:4321',
      identities: [{ connected: false, refusal }],
    });
  });
});

describe('sedge-agent dataset', () => {
  it('binds a file under a name, with what the file shows by itself', async () => {
    await using coordinator = await CoordinatorDouble.start();
    await run(`enrol --token ${coordinator.enrolmentToken()}`);
    await writeFile(join(folder, 'iris.csv'), 'length,width,kind\n1,2,setosa\n3,4,virginica\n5,6,setosa\n');
    await writeFile(join(folder, 'rows.json'), '[0, 2]');
    expect(await run('dataset add iris --csv iris.csv --label-column kind --rows rows.json --scale 0.5 --json')).toBe(
      EXIT.done,
    );
    expect(JSON.parse(out.at(-1) ?? '')).toEqual({
      name: 'iris',
      examples: 2,
      featureShape: [2],
      classes: 2,
      classNames: ['setosa', 'virginica'],
    });
    await writeFile(join(folder, 'digits.csv'), '0,16,0\n5,3,4\n');
    expect(await run('dataset add digits --csv digits.csv --label-column -1 --json')).toBe(EXIT.done);
    // A class without an example keeps its place.
    expect(JSON.parse(out.at(-1) ?? '')).toMatchObject({ examples: 2, classNames: ['0', '1', '2', '3', '4'] });
    expect(await run('dataset add digits --csv digits.csv --label-column -1 --classes 10')).toBe(EXIT.failed);
    expect(errors.at(-1)).toContain('DATASET_EXISTS');
    expect(await run('dataset add digits --csv digits.csv --label-column -1 --classes 10 --replace --json')).toBe(
      EXIT.done,
    );
    expect(JSON.parse(out.at(-1) ?? '')).toMatchObject({ classes: 10 });
    expect(await run('dataset list --json')).toBe(EXIT.done);
    expect(JSON.parse(out.at(-1) ?? '')).toMatchObject([{ name: 'digits' }, { name: 'iris' }]);
    expect(await run('dataset remove iris')).toBe(EXIT.done);
    expect(await run('dataset remove iris')).toBe(EXIT.failed);
    expect(errors.at(-1)).toContain('DATASET_NOT_FOUND');
    expect(await run('dataset add x --csv nothing.csv --label-column -1')).toBe(EXIT.failed);
    expect(errors.at(-1)).toContain('DATASET_INVALID');
    expect(await run('dataset add x')).toBe(EXIT.usage);
  });
});

describe('sedge-agent local', () => {
  it('prints the token of the local door, the same one until a new one is made', async () => {
    await mkdir(join(folder, 'agent', 'identities', '1'), { recursive: true });
    expect(await run('local token')).toBe(EXIT.done);
    expect(out[0]).toMatch(/^sedge_local_[\w-]{43}$/);
    await run('local token --json');
    expect(JSON.parse(out[1] ?? '')).toEqual({ token: out[0] });
    await run('local token --new');
    expect(out[2]).toMatch(/^sedge_local_[\w-]{43}$/);
    expect(out[2]).not.toBe(out[0]);
    await run('local token');
    expect(out[3]).toBe(out[2]);
  });
});

describe('sedge-agent quarantine', () => {
  const key = 'a'.repeat(64);
  const entry = { key, code: 'MODEL_TIMEOUT', crashes: 3, sinceMs: Date.UTC(2026, 0, 1), models: ['digits@3'] };
  const stored = async (): Promise<string> => {
    const quarantine = join(folder, 'agent', 'quarantine');
    await mkdir(quarantine, { recursive: true });
    await writeFile(join(quarantine, `${key}.json`), JSON.stringify(entry));
    return quarantine;
  };

  it('says what is kept from running, and why', async () => {
    await run('quarantine list');
    expect(out).toEqual(['Nothing is in quarantine.']);
    await stored();
    await run('quarantine list');
    expect(out.slice(1)).toEqual([
      'digits@3: 3 crashes until 2026-01-01T00:00:00.000Z, the last one MODEL_TIMEOUT',
      `   content ${key}`,
    ]);
    await run('quarantine list --json');
    expect(JSON.parse(out.at(-1) ?? '')).toMatchObject([{ content: key, models: ['digits@3'], crashes: 3 }]);
  });

  it.each(['digits@3', key])('lets %s go', async (word) => {
    const quarantine = await stored();
    expect(await run('quarantine release other@1')).toBe(EXIT.failed);
    expect(errors.at(-1)).toContain('MODEL_NOT_QUARANTINED');
    expect(await run(`quarantine release ${word}`)).toBe(EXIT.done);
    expect(out.at(-1)).toBe('digits@3 may run again');
    expect(await readdir(quarantine)).toEqual([]);
  });
});

describe('sedge-agent trainer', () => {
  const said = (): unknown => JSON.parse(out.at(-1) ?? '');

  it('binds, lists and removes programs, of a model or of any', async () => {
    await using coordinator = await CoordinatorDouble.start();
    expect(await run(`enrol --token ${coordinator.enrolmentToken()} --name pi`)).toBe(EXIT.done);
    expect(await run('trainer list')).toBe(EXIT.done);
    expect(out.at(-1)).toContain('No program is bound');
    expect(await run('trainer add digits --timeout 600 --json -- python3 train.py --epochs 3')).toBe(EXIT.done);
    const program = { kind: 'program', words: ['python3', 'train.py', '--epochs', '3'], workingDirectory: folder };
    expect(said()).toEqual({ model: 'digits', trainer: program, timeoutMs: 600_000 });
    expect(await run('trainer add digits --pull')).toBe(EXIT.failed);
    expect(errors.at(-1)).toContain('TRAINER_EXISTS');
    expect(await run('trainer add digits --pull --replace')).toBe(EXIT.done);
    expect(await run('trainer add * --command train')).toBe(EXIT.done);
    expect(await run('trainer list --json')).toBe(EXIT.done);
    expect(said()).toEqual([
      { model: '*', trainer: { ...program, words: ['train'] } },
      { model: 'digits', trainer: { kind: 'pull' } },
    ]);
    expect(await run('trainer list')).toBe(EXIT.done);
    expect(out.slice(-2)).toEqual([
      'any model without a trainer of its own is trained by train.',
      'digits is trained by a program that asks at the local door.',
    ]);
    expect(await run('trainer remove *')).toBe(EXIT.done);
    expect(await run('trainer remove *')).toBe(EXIT.failed);
    expect(errors.at(-1)).toContain('TRAINER_NOT_FOUND');
  });

  it.each([
    ['trainer add digits', EXIT.usage],
    ['trainer add digits --pull --command train', EXIT.usage],
    ['trainer add digits --pull -- train', EXIT.usage],
    ['trainer add No-Model --pull', EXIT.usage],
    ["trainer add digits --command ''", EXIT.usage],
    ["trainer add digits --command 'open", EXIT.usage],
    ['trainer add digits --pull --timeout 0', EXIT.usage],
  ])('"%s" is wrongly used', async (words, status) => {
    await using coordinator = await CoordinatorDouble.start();
    expect(await run(`enrol --token ${coordinator.enrolmentToken()} --name pi`)).toBe(EXIT.done);
    expect(await run(words)).toBe(status);
    expect(errors.at(-1)).toContain('USAGE');
  });

  it('binds nothing where nobody is enrolled', async () => {
    expect(await run('trainer add digits --pull')).toBe(EXIT.failed);
    expect(errors.at(-1)).toContain('NOT_ENROLLED');
  });
});
