import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PacketFilter } from '../../src/broker/packet-filter.ts';
import { packets, remainingLength } from './raw-client.ts';

const bounds = { connectBytesMax: 100, packetBytesMax: 300 };
const CONNECT = packets.connect({ clientId: 'node-a' });

function admitted(): PacketFilter {
  const filter = new PacketFilter(bounds);
  filter.inspect(CONNECT);
  filter.admit();
  return filter;
}

/** A PUBLISH header of QoS 0 that announces a packet of this many bytes, header included. */
function header(packetBytes: number): Uint8Array {
  for (let lengthBytes = 1; ; lengthBytes++) {
    const length = remainingLength(packetBytes - 1 - lengthBytes);
    if (length.length === lengthBytes) return Uint8Array.from([0x30, ...length]);
  }
}

describe('PacketFilter', () => {
  it('refuses a first packet that is no CONNECT', () => {
    expect(() => new PacketFilter(bounds).inspect(Uint8Array.of(0x30))).toThrow(/BAD_REQUEST/);
    expect(() => new PacketFilter(bounds).inspect(Buffer.from('GET / HTTP/1.1\r\n'))).toThrow(/BAD_REQUEST/);
  });

  it('refuses a CONNECT by its announced length, before its body comes', () => {
    expect(() => new PacketFilter(bounds).inspect(Uint8Array.of(0x10, 99))).toThrow(/BUS_MESSAGE_TOO_LONG/);
    expect(() => new PacketFilter(bounds).inspect(Uint8Array.of(0x10, 98))).not.toThrow();
  });

  it('refuses more bytes before admission than a CONNECT may have, in however many packets', () => {
    const filter = new PacketFilter(bounds);
    filter.inspect(CONNECT);
    const ping = Uint8Array.of(0xc0, 0);
    const pings = Math.floor((bounds.connectBytesMax - CONNECT.byteLength) / 2);
    for (let sent = 0; sent < pings; sent++) filter.inspect(ping);
    expect(() => filter.inspect(ping)).toThrow(/BUS_MESSAGE_TOO_LONG/);
  });

  it('takes a packet of the longest size and refuses one byte more', () => {
    expect(() => admitted().inspect(header(300))).not.toThrow();
    expect(() => admitted().inspect(header(301))).toThrow(/BUS_MESSAGE_TOO_LONG/);
  });

  it('refuses a length of five bytes', () => {
    expect(() => admitted().inspect(Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80))).toThrow(/BAD_REQUEST/);
  });

  it('finds the packet that is too long wherever the network cuts the bytes', () => {
    const short = packets.publish('a', 'x'.repeat(20));
    const stream = Buffer.concat([short, Buffer.from([0xc0, 0]), short, header(301)]);
    const cuts = fc.array(fc.integer({ min: 1, max: stream.byteLength - 1 }), { maxLength: 12 });
    fc.assert(
      fc.property(cuts, (places) => {
        const filter = admitted();
        const edges = [0, ...[...new Set(places)].sort((left, right) => left - right), stream.byteLength];
        const pieces = edges.slice(1).map((end, index) => stream.subarray(edges[index], end));
        const last = pieces.pop() ?? Buffer.alloc(0);
        for (const piece of pieces) filter.inspect(piece);
        expect(() => filter.inspect(last)).toThrow(/BUS_MESSAGE_TOO_LONG/);
      }),
    );
  });
});
