import { silentLog } from '@sedge/kit';
import type { Resources, SedgeError } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { LoadShedder } from '../../src/shedding/load-shedder.ts';
import type { SheddingLimits } from '../../src/shedding/shedding.ts';

const usual: SheddingLimits = { temperatureC: 80, batteryFraction: 0.15 };

type Board = Pick<Resources, 'temperatureC' | 'throttling' | 'battery'>;

function shedderOf(limits: SheddingLimits = usual) {
  const refusals: SedgeError[] = [];
  const shedder = new LoadShedder({ limits, log: silentLog, onShed: (refusal) => refusals.push(refusal) });
  /** The reason after each of these readings. */
  const after = (...boards: readonly Board[]): (string | undefined)[] =>
    boards.map((board) => {
      shedder.take({
        cpu: { cores: 4, load1: 0 },
        memory: { totalBytes: 1, availableBytes: 1, processBytes: 1 },
        uptimeS: 1,
        ...board,
      });
      return shedder.reason;
    });
  return { after, refusals, shedder };
}

const at = (temperatureC: number): Board => ({ temperatureC });
const battery = (chargeFraction: number, discharging = true): Board => ({ battery: { chargeFraction, discharging } });
const throttledFor = (...reasons: string[]): Board => ({ throttling: { active: true, reasons } });

describe('a hot board', () => {
  it('takes no work from the limit on, and again when it is five degrees cooler', () => {
    const reasons = shedderOf().after(at(79.9), at(80), at(76), at(75.1), at(75), at(79));
    expect(reasons).toEqual([undefined, 'hot', 'hot', 'hot', undefined, undefined]);
  });

  it('is one that says so, whatever its sensor reads', () => {
    const { after } = shedderOf();
    expect(after({ ...at(70), ...throttledFor('frequency-cap', 'heat') }, at(70))).toEqual(['hot', undefined]);
    expect(after(throttledFor('under-voltage', 'power'))).toEqual([undefined]);
  });

  it('does not matter where the limit is turned off', () => {
    const { after } = shedderOf({ ...usual, temperatureC: 0 });
    expect(after(at(99), throttledFor('heat'))).toEqual([undefined, undefined]);
  });

  it('whose sensor is gone takes work', () => {
    expect(shedderOf().after(at(90), {})).toEqual(['hot', undefined]);
  });
});

describe('a low battery', () => {
  it('ends the work from the limit on, until it is charged or there is more in it', () => {
    const { after } = shedderOf();
    expect(after(battery(0.16), battery(0.15), battery(0.19), battery(0.2))).toEqual([
      undefined,
      'battery',
      'battery',
      undefined,
    ]);
    expect(after(battery(0.05), battery(0.05, false))).toEqual(['battery', undefined]);
  });

  it('does not matter where the limit is turned off', () => {
    expect(shedderOf({ ...usual, batteryFraction: 0 }).after(battery(0.01))).toEqual([undefined]);
  });

  it('is still a reason when a board that was hot as well has cooled down', () => {
    const { after, refusals } = shedderOf();
    const both = (temperatureC: number, charge: number): Board => ({ ...at(temperatureC), ...battery(charge) });
    expect(after(both(85, 0.1), both(70, 0.18), both(70, 0.21))).toEqual(['hot', 'battery', undefined]);
    expect(refusals).toHaveLength(1);
  });
});

it('work is refused with NODE_SHEDDING, and what runs is told once', () => {
  const { after, refusals, shedder } = shedderOf();
  expect(() => shedder.admit()).not.toThrow();
  after(at(81), at(82));
  expect(() => shedder.admit()).toThrow(expect.objectContaining({ code: 'NODE_SHEDDING', exposed: true }));
  expect(refusals).toHaveLength(1);
  after(at(60), at(88));
  expect(refusals).toHaveLength(2);
});
