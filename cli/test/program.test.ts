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

  it('shows how far pulls are, why a model runs where it runs, and what an engine lacks', async () => {
    const probes = [
      { engine: 'onnx-web', provider: 'wasm', medianMs: 12.1 },
      { engine: 'onnx-node', provider: 'cuda', error: { code: 'ENGINE_UNAVAILABLE', detail: 'no library' } },
    ];
    const choice = { engine: 'onnx-web', provider: 'wasm', reason: 'fastest', probes };
    const models = [
      { name: 'a', version: 1, state: 'ready', engine: 'onnx-web', choice },
      { name: 'a', version: 2, state: 'pulling', progress: { doneBytes: 1e6, totalBytes: 4e6, bytesPerS: 1e6 } },
    ];
    const engines = [{ name: 'onnx-node', version: '1.30.0', formats: ['onnx'], absent: 'no binary for armv7' }];
    const replies = { 'GET /api/v1/nodes/kitchen': jsonReply({ ...node, models, engines }) };
    const { written } = await run(['nodes', 'show', 'kitchen'], { replies });
    expect(written).toContain('no onnx-node (no binary for armv7)');
    expect(written).toMatch(/a@1 +ready +onnx-web +fastest\n/);
    expect(written).toMatch(/a@1 +onnx-web\/wasm +12\.1 ms\n/);
    expect(written).toMatch(/a@1 +onnx-node\/cuda +ENGINE_UNAVAILABLE\n/);
    expect(written).toContain('1.0 MB of 4.0 MB at 1.0 MB/s');
  });

  it('lets a model in quarantine go, named with its version', async () => {
    const replies = {
      'POST /api/v1/nodes/kitchen/release': jsonReply({ node: 'n-1', model: { name: 'digits', version: 3 } }),
    };
    const { door, written } = await run(['nodes', 'release', 'kitchen', 'digits@3'], { replies });
    expect(JSON.parse(door.asked[0]?.body ?? '')).toEqual({ model: { name: 'digits', version: 3 } });
    expect(written).toBe('digits@3 may run again on kitchen\n');
  });

  it('pins the engine of a deployment, and shows it', async () => {
    const model = { name: 'm', version: 1 };
    const status = { ...model, state: 'ready', engine: 'onnx-web' };
    const nodes = [{ node: 'n-1', name: 'kitchen', online: true, status }];
    const view = { id: 'dep-1', model, selector: 'all', engine: 'onnx-web', createdAt: node.enrolledAt, nodes };
    const replies = {
      'POST /api/v1/deployments': jsonReply(view, 201),
      'GET /api/v1/deployments/dep-1': jsonReply(view),
    };
    const { door } = await run(['deploy', 'm@1', '--engine', 'onnx-web'], { replies });
    expect(JSON.parse(door.asked[0]?.body ?? '')).toEqual({ model, selector: 'all', engine: 'onnx-web' });
    const { written } = await run(['deployments', 'show', 'dep-1'], { replies });
    expect(written).toContain('dep-1: m@1, pinned to onnx-web');
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
    [['deploy', 'm@1', '--engine', 'onnx-wbe'], 'did you mean onnx-web?'],
    [['nodes', 'release', 'n-1', 'digits'], 'which version'],
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
