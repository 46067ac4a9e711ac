import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cloudEventsOf } from '../src/event-stream.ts';

const event = {
  specversion: '1.0',
  id: '7',
  source: '/sedge',
  type: 'sedge.node.changed',
  time: '2026-01-01T00:00:00.000Z',
  datacontenttype: 'application/json',
  data: { name: 'Küche' },
};

async function read(text: string, cuts: readonly number[] = []): Promise<unknown[]> {
  const bytes = new TextEncoder().encode(text);
  const ends = [...cuts.map((cut) => cut % bytes.length), bytes.length].sort((left, right) => left - right);
  const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
  const found: unknown[] = [];
  for await (const one of cloudEventsOf(ReadableStream.from(pieces))) found.push(one);
  return found;
}

describe('cloudEventsOf', () => {
  const stream = `: welcome\n\nid: 7\nevent: x\ndata: ${JSON.stringify(event)}\n\nretry: 100\n\ndata:${JSON.stringify(event)}\r\n\r\n`;

  it('reads the data of each entry and passes over comments and other fields', async () => {
    expect(await read(stream)).toEqual([event, event]);
  });

  it('joins the lines of one entry', async () => {
    const [first, ...rest] = JSON.stringify(event).split(',');
    const text = `data: ${first},\n${rest.length === 0 ? '' : `data: ${rest.join(',')}\n`}\n`;
    expect(await read(text)).toEqual([event]);
  });

  it('reads the same wherever the network cuts, in the middle of a letter too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(1_000), { maxLength: 8 }), async (cuts) => {
        // A cut between \r and \n may show an empty line too many; entries without data are passed over.
        expect(await read(stream, cuts)).toEqual([event, event]);
      }),
      { seed: 1 },
    );
  });
});
