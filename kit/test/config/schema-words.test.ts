import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeSchema } from '../../src/index.ts';

describe('describeSchema', () => {
  it.each([
    [z.int(), 'an integer'],
    [z.int().min(1), 'an integer from 1'],
    [z.number().gt(0).lt(1), 'a number above 0 below 1'],
    [z.boolean().optional(), 'true or false'],
    [z.literal('x'), '"x"'],
    [z.union([z.int().min(0), z.enum(['auto'])]), 'an integer from 0 or one of auto'],
    [z.array(z.string().max(9)), 'a list like [a, b], each text of 0 to 9 characters'],
    [z.url(), 'text that is a valid uri'],
    [z.string().regex(/^[a-z]+$/), 'text that matches ^[a-z]+$'],
    [z.string(), 'text'],
    [z.string().describe('the name of a network interface'), 'the name of a network interface'],
    [z.string().transform(Number), 'text'],
    [z.custom<Date>(), 'a value of another kind'],
  ])('%#', (schema, words) => {
    expect(describeSchema(schema)).toBe(words);
  });
});
