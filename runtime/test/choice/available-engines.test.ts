import { describe, expect, it } from 'vitest';
import { availableEngines } from '../../src/choice/available-engines.ts';
import { thisPlatform } from '../../src/choice/host-platform.ts';
import { nativeAbsence } from '../../src/choice/native-absence.ts';

const nodeVersion = '20.20.2';

describe('the native engine', () => {
  it.each([
    ['a Raspberry Pi with 64 bits', { os: 'linux', arch: 'arm64', nodeVersion, glibcVersion: '2.36' }, undefined],
    ['the oldest C library that will do', { os: 'linux', arch: 'x64', nodeVersion, glibcVersion: '2.28' }, undefined],
    ['macOS', { os: 'darwin', arch: 'arm64', nodeVersion }, undefined],
    ['Alpine', { os: 'linux', arch: 'x64', nodeVersion }, 'GNU C library'],
    ['JetPack 4', { os: 'linux', arch: 'arm64', nodeVersion, glibcVersion: '2.27' }, '2.27'],
    ['a Raspberry Pi with 32 bits', { os: 'linux', arch: 'arm', nodeVersion, glibcVersion: '2.36' }, 'linux arm'],
  ])('on %s', (_, platform, reason) => {
    const absence = nativeAbsence(platform);
    if (reason === undefined) expect(absence).toBeUndefined();
    else expect(absence).toContain(reason);
  });

  it('is listed with the reason for its absence, and without providers', async () => {
    const engines = await availableEngines({ os: 'linux', arch: 'arm', nodeVersion, glibcVersion: '2.36' });
    const native = engines.find(({ name }) => name === 'onnx-node');
    expect(native).toMatchObject({ formats: ['onnx'], providers: [], absent: expect.stringMatching(/arm|installed/) });
  });

  it('is absent where the package brings no binary for the platform', async () => {
    const engines = await availableEngines({ os: 'aix', arch: 'x64', nodeVersion });
    const native = engines.find(({ name }) => name === 'onnx-node');
    expect(native?.absent).toMatch(/binary|installed/);
  });
});

describe('the portable engines', () => {
  it('are there on every platform', async () => {
    const engines = await availableEngines({ os: 'linux', arch: 'arm', nodeVersion });
    expect(engines.slice(0, 2)).toMatchObject([
      { name: 'component', formats: ['component'], providers: ['wasm'] },
      { name: 'onnx-web', formats: ['onnx'], providers: ['wasm'], version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
    ]);
    expect(engines.slice(0, 2).map(({ absent }) => absent)).toEqual([undefined, undefined]);
  });
});

it('knows the platform of this process', () => {
  expect(thisPlatform()).toMatchObject({
    os: process.platform,
    arch: process.arch,
    nodeVersion: process.versions.node,
  });
});
