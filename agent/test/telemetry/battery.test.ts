import { describe, expect, it } from 'vitest';
import { batteryOf } from '../../src/telemetry/battery.ts';
import { notebook } from './board-files.ts';
import { fixtureBoard } from './fixture-board.ts';

const read = (files: Record<string, string>) => batteryOf(fixtureBoard({ files }));

describe('the battery', () => {
  it('that is emptied tells its charge and what is drawn, and not those of a mouse', async () => {
    expect(await read(notebook())).toEqual({
      battery: { chargeFraction: 0.62, discharging: true },
      powerW: 7.45,
    });
  });

  it('that is charged tells nothing of what the board draws', async () => {
    expect(await read(notebook({ status: 'Charging', capacity: 100 }))).toEqual({
      battery: { chargeFraction: 1, discharging: false },
    });
  });

  it('with current and voltage only gives their product', async () => {
    const files = {
      '/sys/class/power_supply/max170xx_battery/type': 'Battery\n',
      '/sys/class/power_supply/max170xx_battery/capacity': '40\n',
      '/sys/class/power_supply/max170xx_battery/status': 'Discharging\n',
      '/sys/class/power_supply/max170xx_battery/current_now': '-500000\n',
      '/sys/class/power_supply/max170xx_battery/voltage_now': '3700000\n',
    };
    // 0.5 A times 3.7 V.
    expect((await read(files))?.powerW).toBeCloseTo(1.85, 9);
  });

  it('is the mean of two, of which one is emptied', async () => {
    const files = {
      ...notebook({ status: 'Full', capacity: 100 }),
      '/sys/class/power_supply/BAT1/type': 'Battery\n',
      '/sys/class/power_supply/BAT1/capacity': '20\n',
      '/sys/class/power_supply/BAT1/status': 'Discharging\n',
    };
    expect(await read(files)).toEqual({ battery: { chargeFraction: 0.6, discharging: true } });
  });

  it('is left out where there is none, or it says nothing', async () => {
    expect(await read({})).toBeUndefined();
    expect(await read({ '/sys/class/power_supply/BAT0/type': 'Battery\n' })).toBeUndefined();
  });
});
