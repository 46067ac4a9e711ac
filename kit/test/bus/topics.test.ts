import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filterLevels, matchesTopic } from '../../src/index.ts';

const matches = (filter: string, topic: string): boolean => matchesTopic(filterLevels(filter), topic.split('/'));

describe('matchesTopic', () => {
  // The examples of MQTT 3.1.1 §4.7.1, with names that every broker takes.
  it.each([
    ['sport/tennis/player1/#', 'sport/tennis/player1', true],
    ['sport/tennis/player1/#', 'sport/tennis/player1/ranking', true],
    ['sport/tennis/player1/#', 'sport/tennis/player1/score/wimbledon', true],
    ['sport/#', 'sport', true],
    ['#', 'sport/tennis', true],
    ['sport/tennis/+', 'sport/tennis/player1', true],
    ['sport/tennis/+', 'sport/tennis/player1/ranking', false],
    ['sport/+', 'sport', false],
    ['+/+', 'sport/tennis', true],
    ['+', 'sport/tennis', false],
    ['sport/tennis', 'sport', false],
    ['sport', 'sport/tennis', false],
    ['#', '$SYS/uptime', false],
    ['+/uptime', '$SYS/uptime', false],
  ])('%s takes %s: %s', (filter, topic, expected) => {
    expect(matches(filter, topic)).toBe(expected);
  });

  it('takes a topic by itself, and with any level replaced by a plus', () => {
    const level = fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/);
    fc.assert(
      fc.property(fc.array(level, { minLength: 1, maxLength: 8 }), fc.nat(), (levels, pick) => {
        const topic = levels.join('/');
        expect(matches(topic, topic)).toBe(true);
        expect(matches(levels.with(pick % levels.length, '+').join('/'), topic)).toBe(true);
        expect(matches(`${topic}/x`, topic)).toBe(false);
      }),
    );
  });
});
