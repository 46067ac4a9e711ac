import { describe, expect, it } from 'vitest';
import { ResourceMeter } from '../../src/telemetry/resource-meter.ts';
import { reasonsOfBits, ThrottlingMeter } from '../../src/telemetry/throttling.ts';
import { jetsonOrinNano, raspberryPi4, raspberryPi5, raspberryPi5WithFile } from './board-files.ts';
import { fixtureBoard } from './fixture-board.ts';

describe('a Raspberry Pi', () => {
  it.each([
    ['0', []],
    ['50005', ['under-voltage']],
    // Only since the start: no matter of this moment.
    ['f0000', []],
    ['80008', ['heat']],
    ['60006', ['frequency-cap', 'heat']],
  ])('whose firmware says %s', async (throttled, reasons) => {
    const board = fixtureBoard({ files: raspberryPi4(throttled) });
    expect(await new ThrottlingMeter(board).read()).toEqual({ active: reasons.length > 0, reasons });
    expect(board.ran).toEqual([]);
  });

  it('names the node of the firmware by its address', async () => {
    const board = fixtureBoard({ files: raspberryPi5WithFile('1') });
    expect(await new ThrottlingMeter(board).read()).toEqual({ active: true, reasons: ['under-voltage'] });
  });

  it('without that file is asked with vcgencmd, once with each reading', async () => {
    const programs = { 'vcgencmd get_throttled': 'throttled=0xe0008\n' };
    const board = fixtureBoard({ files: raspberryPi5, programs });
    const meter = new ResourceMeter(board, '/');
    expect(await meter.read()).toMatchObject({ temperatureC: 81.2, throttling: { active: true, reasons: ['heat'] } });
    expect(board.ran).toEqual(['vcgencmd get_throttled']);
  });

  it.each([{}, { 'vcgencmd get_throttled': 'VCHI initialization failed\n' }])(
    'that cannot be asked',
    async (programs) => {
      const board = fixtureBoard({ files: raspberryPi5, programs });
      expect(await new ThrottlingMeter(board).read()).toBeUndefined();
    },
  );

  it('that is throttled with the right voltage is hot', () => {
    expect(reasonsOfBits(4)).toEqual(['heat']);
    expect(reasonsOfBits(5)).toEqual(['under-voltage']);
    expect(reasonsOfBits(13)).toEqual(['under-voltage', 'heat']);
  });
});

describe('a Jetson', () => {
  it('tells alerts of heat, and what it draws', async () => {
    const quiet = await new ResourceMeter(fixtureBoard({ files: jetsonOrinNano() }), '/').read();
    // 4.984 V times 1.856 A.
    expect(quiet).toMatchObject({ temperatureC: 63.968, throttling: { active: false, reasons: [] } });
    expect(quiet.powerW).toBeCloseTo(9.25, 2);
    const hot = await new ThrottlingMeter(fixtureBoard({ files: jetsonOrinNano({ alert: 1 }) })).read();
    expect(hot).toEqual({ active: true, reasons: ['heat'] });
  });

  it('is throttled for its power while the counters of over-current rise', async () => {
    const files = { ...jetsonOrinNano({ overCurrent: 37 }) };
    const meter = new ThrottlingMeter(fixtureBoard({ files }));
    // What was counted before the first reading is no matter of this moment.
    expect((await meter.read())?.reasons).toEqual([]);
    files['/sys/class/hwmon/hwmon3/oc3_event_cnt'] = '41\n';
    expect(await meter.read()).toEqual({ active: true, reasons: ['power'] });
    expect((await meter.read())?.active).toBe(false);
  });
});

it('a board that tells nothing is asked for nothing', async () => {
  const board = fixtureBoard({ files: { '/sys/class/thermal/cooling_device0/type': 'Processor\n' } });
  const reading = await new ResourceMeter(board, '/').read();
  expect(Object.keys(reading).toSorted()).toEqual(['cpu', 'disk', 'memory', 'uptimeS']);
  expect(board.ran).toEqual([]);
});
