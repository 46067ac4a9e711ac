import { SedgeError } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { jsonLog, type LogLevel, prettyLog, silentLog } from '../src/index.ts';
import { collectingLog } from '../src/testing/index.ts';

const clock = { now: () => 1_767_225_600_123 };

function jsonLines(level?: LogLevel) {
  const lines: string[] = [];
  const log = jsonLog({ clock, sink: (line) => lines.push(line), ...(level === undefined ? {} : { level }) });
  return { log, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('jsonLog', () => {
  it('writes one object per line, with the fields of its parents', () => {
    const { log, parsed } = jsonLines();
    log.child({ node: 'pi-7' }).child({ run: 'r1' }).info('joined', { round: 3 });
    expect(parsed()).toEqual([
      { time: '2026-01-01T00:00:00.123Z', level: 'info', message: 'joined', node: 'pi-7', run: 'r1', round: 3 },
    ]);
  });

  it('does not let fields pass themselves off as time, level or message', () => {
    const { log, parsed } = jsonLines();
    log.warn('true', { message: 'false', level: 'debug', time: 0 });
    expect(parsed()).toMatchObject([{ message: 'true', level: 'warn', time: '2026-01-01T00:00:00.123Z' }]);
  });

  it('keeps a message on one line', () => {
    const lines: string[] = [];
    jsonLog({ clock, sink: (line) => lines.push(line) }).error('two\nlines', { text: 'a\nb' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('\n');
  });

  it('drops what is below its level', () => {
    const { log, parsed } = jsonLines('warn');
    log.debug('a');
    log.info('b');
    log.warn('c');
    log.child({}).error('d');
    expect(parsed().map(({ message }) => message)).toEqual(['c', 'd']);
  });

  it('prints the code, the detail and the causes of an error', () => {
    const { log, parsed } = jsonLines();
    const cause = new Error('connect ECONNREFUSED', { cause: new SedgeError('BROKER_REFUSED', 'bad token') });
    log.error('failed', { error: new SedgeError('COORDINATOR_UNREACHABLE', 'no answer', { cause }) });
    expect(parsed()[0]?.['error']).toEqual({
      code: 'COORDINATOR_UNREACHABLE',
      message: 'no answer',
      causes: ['connect ECONNREFUSED', 'BROKER_REFUSED: bad token'],
    });
  });

  it('prints the stack of an error without a code', () => {
    const { log, parsed } = jsonLines();
    log.error('failed', { error: new TypeError('x is undefined') });
    expect(parsed()[0]?.['error']).toMatchObject({ message: 'x is undefined', stack: expect.stringContaining('at ') });
  });

  it('blots out secrets at any depth, and nothing that only names one', () => {
    const { log, parsed } = jsonLines();
    log.info('config', {
      token: 's3cret',
      apiToken: 's3cret',
      admin_password: 's3cret',
      nested: { list: [{ secretSeed: 's3cret', Authorization: 's3cret', privateKey: 's3cret' }] },
      tokenId: 'open',
      keyId: 'open',
      publicKey: 'open',
      monkeys: 'open',
    });
    const text = JSON.stringify(parsed());
    expect(text).not.toContain('s3cret');
    expect(text.match(/"\[redacted\]"/g)).toHaveLength(6);
    expect(text.match(/"open"/g)).toHaveLength(4);
  });

  it('survives cycles, big integers, functions, bytes and endless lists', () => {
    const { log, parsed } = jsonLines();
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    log.info('odd', { cycle, big: 2n ** 70n, bytes: new Uint8Array(9), f: () => 0, nan: Number.NaN, list: Array(1e5) });
    expect(parsed()[0]).toMatchObject({
      big: '1180591620717411303424',
      bytes: '<9 bytes>',
      f: '<function>',
      nan: 'NaN',
    });
    expect(JSON.stringify(parsed()).length).toBeLessThan(2_000);
  });

  it('survives errors that cause each other', () => {
    const { log, parsed } = jsonLines();
    const [one, other] = [new Error('one'), new Error('other')];
    one.cause = other;
    other.cause = one;
    log.error('loop', { error: one });
    expect(parsed()[0]?.['error']).toMatchObject({ causes: { length: 8 } });
  });
});

describe('prettyLog', () => {
  it('writes short lines with quoted fields', () => {
    const lines: string[] = [];
    prettyLog({ clock, sink: (line) => lines.push(line) }).info('node joined', { node: 'pi-7', name: 'a "b" c', n: 3 });
    expect(lines).toEqual(['00:00:00.123 INFO  node joined node=pi-7 name="a \\"b\\" c" n=3']);
  });
});

describe('silentLog', () => {
  it('is its own child', () => {
    expect(silentLog.child({ a: 1 })).toBe(silentLog);
  });
});

describe('collectingLog', () => {
  it('keeps the entries of its children, as they would be printed', () => {
    const log = collectingLog();
    log.child({ node: 'n' }).debug('hello', { password: 'x' });
    expect(log.messages('debug')).toEqual(['hello']);
    expect(log.entries[0]?.fields).toEqual({ node: 'n', password: '[redacted]' });
  });
});
