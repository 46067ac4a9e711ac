import { cloudEvent, type CloudEvent } from '@sedge/protocol/routes';

/** The CloudEvents of a stream of server-sent events; comments and unknown entries are passed over. */
export async function* cloudEventsOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<CloudEvent> {
  for await (const data of dataOf(body)) {
    const event = cloudEvent.safeParse(JSON.parse(data));
    if (event.success) yield event.data;
  }
}

/** The `data` of each entry (HTML standard, 9.2.6: entries end with an empty line). */
async function* dataOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let data: string[] = [];
  for await (const line of linesOf(body)) {
    if (line.startsWith('data:')) data.push(line.slice('data:'.length).replace(/^ /, ''));
    if (line !== '' || data.length === 0) continue;
    yield data.join('\n');
    data = [];
  }
}

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of body) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split(/\r\n|\n|\r/);
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
