import { describe, expect, it } from 'vitest';
import { jsonReply } from './fake-door.ts';
import { runProgram as run } from './run-program.ts';

const node = {
  id: 'n-1',
  name: 'kitchen',
  status: 'online',
  labels: { room: 'kitchen' },
  keyId: 'a'.repeat(64),
  enrolledAt: '2026-01-01T00:00:00.000Z',
  engines: [],
  datasets: [{ name: 'digits', examples: 76, featureShape: [64], classes: 10 }],
  models: [
    { name: 'digits', version: 1, state: 'ready', engine: 'component' },
    { name: 'other', version: 2, state: 'failed', error: { code: 'MODEL_INVALID', detail: 'cut off' } },
  ],
  twin: { desired: 1, reported: 1 },
};

describe('sedge', () => {
  it('shows nodes as a table that fits 80 columns', async () => {
    const { written } = await run(['nodes', 'list'], {
      replies: { 'GET /api/v1/nodes': jsonReply({ items: [node] }) },
    });
    expect(written).toBe('NODE  NAME     STATUS  MODELS  DATA SETS\nn-1   kitchen  online  1/2     digits\n');
  });

  it('shows what the coordinator answered with --json', async () => {
    const { written } = await run(['nodes', 'show', 'kitchen', '--json'], {
      replies: {
        'GET /api/v1/nodes/kitchen': jsonReply(node),
      },
    });
    expect(JSON.parse(written)).toEqual(node);
  });

  it('replaces labels that are written as key=value', async () => {
    const { door } = await run(['nodes', 'label', 'n-1', 'room=hall', 'floor=2=b'], {
      replies: {
        'PATCH /api/v1/nodes/n-1': jsonReply(node),
      },
    });
    expect(JSON.parse(door.asked[0]?.body ?? '')).toEqual({ labels: { room: 'hall', floor: '2=b' } });
  });

  it('refuses an unknown option with USAGE and the nearest name', async () => {
    const { failure } = await run(['nodes', 'list', '--stauts', 'online']);
    expect(failure).toContain('USAGE: The command was not understood.');
    expect(failure).toContain("unknown option '--stauts' (Did you mean --status?)");
  });

  it.each([
    [['nods', 'list'], 'Did you mean nodes?'],
    [['nodes', 'lst'], 'Did you mean list?'],
    [['nodes', 'list', '--status', 'onlin'], 'did you mean online?'],
    [['nodes', 'label', 'n-1', 'room'], 'not written as key=value'],
    [['deploy', 'm@1', '--to', 'some'], '"all"'],
    [['deploy', 'm@1', '--to', 'all', '--node', 'n-1'], 'only one of'],
    [['deploy', 'M@1'], 'name@version'],
    [['runs', 'start', '--rounds', 'many'], '--rounds is "many"; it must be a number'],
    [['runs', 'start', '--model', 'digits'], 'needs a version'],
    [['runs', 'export', 'r-1'], '--out'],
    [['infer', 'digits'], 'either --input or --file'],
    [['tokens', 'create'], '--enrol'],
    [['models', 'publish', 'digits', '/nonexistent/file.onnx', '--format', 'onx'], 'did you mean onnx?'],
    [['models', 'publish', 'digits'], 'a name and a file'],
    [['models', 'publish', 'digits', 'file.onnx', '--manifest', 'manifest.json'], 'give only the file'],
    [['model', 'new', '/nonexistent/project', '--language', 'rust'], 'assemblyscript, c'],
    [['model', 'new', '/nonexistent/project', '--name', 'No Name'], '--name of a-z'],
    [['model', 'run', 'file.wasm', '--input', 'input.json', '--repeat', '0'], '--repeat must be 1 or more'],
    [['model', 'sign', 'file.wasm', '--out', 'm.json', '--model-version', '1.5'], 'an integer from 1'],
    [['model', 'check', '/nonexistent/file.wasm'], '/nonexistent/file.wasm cannot be read'],
    [['nodes'], 'a subcommand is missing'],
    [[], 'a subcommand is missing'],
  ])('refuses %j with USAGE that says %j', async (args, words) => {
    const { failure, door } = await run(args);
    expect(failure).toMatch(/^USAGE: /);
    expect(failure).toContain(words);
    expect(door.asked).toEqual([]);
  });

  it('says BAD_JSON for an input that is none', async () => {
    const { failure } = await run(['infer', 'digits', '--input', '{nope']);
    expect(failure).toMatch(/^BAD_JSON: .*\n {2}--input: /);
  });

  it('prints errors as one line of JSON with --json', async () => {
    const { failure } = await run(['nodes', 'list', '--status', 'x', '--json']);
    expect(JSON.parse(failure ?? '')).toMatchObject({ error: { code: 'USAGE', retry: 'after-change' } });
  });

  it('wraps bare values for the one input of a model, with the shape that their nesting has', async () => {
    const metadata = {
      name: 'digits',
      versions: ['1'],
      platform: 'onnx',
      inputs: [{ name: 'features', datatype: 'FP32', shape: [-1, 2] }],
      outputs: [],
    };
    const answer = {
      model_name: 'digits',
      model_version: '1',
      outputs: [{ name: 'p', datatype: 'FP32', shape: [1], data: [0.5] }],
    };
    const { door, written } = await run(['infer', 'digits', '--input', '[[1,2],[3,4],[5,6]]'], {
      replies: {
        'GET /v2/models/digits': jsonReply(metadata),
        'POST /v2/models/digits/infer': jsonReply(answer),
      },
    });
    expect(JSON.parse(door.asked[1]?.body ?? '')).toEqual({
      inputs: [
        {
          name: 'features',
          datatype: 'FP32',
          shape: [3, 2],
          data: [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
        },
      ],
    });
    expect(written).toBe('digits@1\np FP32 [1] [0.5]\n');
  });

  it('ends with status 1 when a plan has problems', async () => {
    const problems = [{ code: 'BUDGET_EXCEEDED', detail: 'epsilon would be 9' }];
    const plan = {
      model: { name: 'm', version: 1 },
      dataset: 'd',
      rounds: 1,
      local: { epochs: 1, batchSize: 1, learningRate: 1 },
    };
    const { exitCode, written } = await run(['runs', 'plan', '--model', 'm@1', '--dataset', 'd', '--rounds', '1'], {
      replies: {
        'POST /api/v1/runs/plan': jsonReply({ plan, population: 5, parameters: 10, epsilon: [9], problems }),
      },
    });
    expect(exitCode).toBe(1);
    expect(written).toContain('BUDGET_EXCEEDED: epsilon would be 9');
  });
});
