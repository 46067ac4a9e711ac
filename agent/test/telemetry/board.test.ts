import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { BoardSource, CpuTimes } from '../../src/telemetry/board-source.ts';
import { gpuOf } from '../../src/telemetry/gpu.ts';
import { platformOf } from '../../src/telemetry/platform.ts';
import { ResourceMeter, spentBetween } from '../../src/telemetry/resource-meter.ts';
import { temperatureC } from '../../src/telemetry/temperature.ts';
import { fixtureBoard } from './fixture-board.ts';
import { AGENT_VERSION } from '../../src/version.ts';

function board(files: Record<string, string>, cpus: () => CpuTimes[] = () => []): BoardSource {
  return fixtureBoard({ files, cpus });
}

describe('the temperature', () => {
  it('is that of the hottest sensor, without the one of a Jetson that measures nothing', async () => {
    const files = {
      '/sys/class/thermal/thermal_zone0/type': 'CPU-therm\n',
      '/sys/class/thermal/thermal_zone0/temp': '41500\n',
      '/sys/class/thermal/thermal_zone1/type': 'PMIC-Die\n',
      '/sys/class/thermal/thermal_zone1/temp': '100000\n',
      '/sys/class/thermal/thermal_zone2/type': 'GPU-therm\n',
      '/sys/class/thermal/thermal_zone2/temp': '43000\n',
      '/sys/class/thermal/cooling_device0/type': 'fan\n',
    };
    expect(await temperatureC(board(files))).toBe(43);
  });

  it('is left out where there is none, or nothing that can be one', async () => {
    expect(await temperatureC(board({}))).toBeUndefined();
    expect(await temperatureC(board({ '/sys/class/thermal/thermal_zone0/temp': '-274000' }))).toBeUndefined();
    expect(await temperatureC(board({ '/sys/class/thermal/thermal_zone0/temp': 'broken' }))).toBeUndefined();
  });
});

describe('the graphics unit', () => {
  it('of a Jetson tells how busy it is', async () => {
    const files = { '/sys/class/devfreq/17000000.ga10b/device/load': '374\n' };
    expect(await gpuOf(board(files))).toEqual({ name: 'NVIDIA Tegra', usedFraction: 0.374 });
  });

  it('of a Raspberry Pi tells that it is there', async () => {
    const files = { '/sys/class/drm/card0/device/uevent': 'DRIVER=v3d\nOF_NAME=v3d\n' };
    expect(await gpuOf(board(files))).toEqual({ name: 'VideoCore V3D' });
  });

  it('is left out where there is none', async () => {
    expect(await gpuOf(board({ '/sys/class/drm/card0-HDMI-A-1/status': 'connected' }))).toBeUndefined();
  });
});

describe('the processor', () => {
  const core = (busyMs: number, idleMs: number): CpuTimes => ({ model: 'Cortex-A76', busyMs, idleMs });

  it('is as busy as it was between two readings', async () => {
    const readings = [[core(100, 900)], [core(130, 970)]];
    const used = [50, 60];
    const meter = new ResourceMeter(
      fixtureBoard({ cpus: () => readings.shift() ?? [], processCpuMs: () => used.shift() ?? 0 }),
      '/',
    );
    expect((await meter.read()).cpu).toEqual({ cores: 1, load1: 0.5 });
    // Of 100 ms the core was busy for 30, of which the agent used 10.
    expect((await meter.read()).cpu).toEqual({ cores: 1, load1: 0.5, usedFraction: 0.3, processFraction: 0.1 });
  });

  it('says nothing when no time went by or a core went away', () => {
    expect(spentBetween([core(1, 1)], [core(1, 1)])).toBeUndefined();
    expect(spentBetween([core(1, 1), core(1, 1)], [core(2, 2)])).toBeUndefined();
  });
});

it('names the board without the zero at the end of its name', async () => {
  const files = { '/proc/device-tree/model': 'Raspberry Pi 5 Model B Rev 1.0\0' };
  expect(await platformOf(board(files))).toMatchObject({ board: 'Raspberry Pi 5 Model B Rev 1.0', arch: 'arm64' });
});

it('tells the version that it has', async () => {
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(AGENT_VERSION).toBe(version);
});
