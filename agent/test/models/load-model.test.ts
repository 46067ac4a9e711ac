import { collectingLog } from '@sedge/kit/testing';
import { SedgeError, type EngineChoice, type ErrorCode, type TrustedModel } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { modelLoader } from '../../src/models/load-model.ts';
import type { LoadedModel } from '../../src/models/loaded-model.ts';

const manifest = {
  name: 'digits',
  version: 1,
  format: 'onnx',
  artifact: { digest: 'sha256:code', sizeBytes: 100 },
  weights: { digest: 'sha256:weights', sizeBytes: 50 },
};
const trusted = { manifest, publisher: 'lab' } as unknown as TrustedModel;
const choice: EngineChoice = { engine: 'onnx-web', provider: 'wasm', reason: 'pinned', probes: [] };

/** Opening fails with the codes of the list, taken from its front; the altered content is thrown away by the cache. */
function loaderOf({ failures = [], altered = [] }: { failures?: ErrorCode[]; altered?: string[] } = {}) {
  const calls: string[] = [];
  const pulled: number[] = [];
  const load = modelLoader({
    refuseQuarantined: () => void calls.push('check'),
    fetcher: {
      ensure: async ({ digest, bytesMax }, _sources, _signal, onBytes) => {
        calls.push(`pull ${digest}`);
        onBytes?.(bytesMax);
        return `/cache/${digest}`;
      },
    },
    cache: { dropIfAltered: async (digest) => altered.includes(digest) },
    sources: [],
    choose: async (_files, _digest, { pin }) => {
      calls.push(`choose ${pin}`);
      return choice;
    },
    pool: {
      acquire: async (_trusted, chosen, files) => {
        calls.push(`open ${chosen.engine} ${JSON.stringify(files)}`);
        const code = failures.shift();
        if (code !== undefined) throw new SedgeError(code, 'planned');
        return {} as LoadedModel;
      },
    },
    log: collectingLog(),
  });
  const begin = () =>
    load(trusted, {
      pin: 'onnx-web',
      signal: new AbortController().signal,
      onStage: (stage) => void calls.push(stage),
      onPulled: (bytes) => void pulled.push(bytes),
    });
  return { begin, calls, pulled };
}

const files =
  '{"format":"onnx","artifact":{"path":"/cache/sha256:code","digest":"sha256:code"},' +
  '"weights":{"path":"/cache/sha256:weights","digest":"sha256:weights"}}';
const once = [
  'pulling',
  'pull sha256:code',
  'pull sha256:weights',
  'loading',
  'choose onnx-web',
  `open onnx-web ${files}`,
];

describe('loading a model', () => {
  it('checks, pulls, chooses and opens, and hands over paths instead of bytes', async () => {
    const { begin, calls, pulled } = loaderOf();
    await begin();
    expect(calls).toEqual(['check', ...once]);
    expect(pulled).toEqual([100, 150]);
  });

  it('pulls once more what was altered on the disk', async () => {
    const { begin, calls } = loaderOf({ failures: ['DIGEST_MISMATCH'], altered: ['sha256:weights'] });
    await begin();
    expect(calls).toEqual(['check', ...once, ...once]);
  });

  it.each<[ErrorCode, string[]]>([
    ['MODEL_INVALID', ['sha256:code']],
    ['DIGEST_MISMATCH', []],
  ])('gives up on %s that no alteration explains', async (code, altered) => {
    const { begin, calls } = loaderOf({ failures: [code], altered });
    await expect(begin()).rejects.toMatchObject({ code });
    expect(calls).toEqual(['check', ...once]);
  });
});
