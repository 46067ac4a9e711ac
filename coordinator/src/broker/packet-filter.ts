import { limits, SedgeError } from '@sedge/protocol';

/** Bounds on what one connection may send. */
export interface PacketBounds {
  /** All bytes until the broker has let the client in: its CONNECT and what it sends before the answer. */
  readonly connectBytesMax: number;
  /** One packet, header included. */
  readonly packetBytesMax: number;
}

export const PACKET_BOUNDS: PacketBounds = {
  connectBytesMax: limits.brokerConnectBytesMax,
  packetBytesMax: limits.mqttPacketBytesMax,
};

const CONNECT = 0x10;
/** MQTT 3.1.1 §2.2.3: the remaining length has at most four bytes of seven bits each. */
const LENGTH_BYTES_MAX = 4;

type Reading =
  | { readonly part: 'type' }
  | { readonly part: 'length'; length: number; lengthBytes: number }
  | { readonly part: 'body'; bytesLeft: number };

/**
 * Watches the fixed headers of a client's packets (MQTT 3.1.1 §2.2) before a parser sees them: aedes keeps whatever
 * a header announces, up to 256 MB, and does so before the client has said who it is.
 */
export class PacketFilter {
  readonly #bounds: PacketBounds;
  #reading: Reading = { part: 'type' };
  #isFirstPacket = true;
  #isAdmitted = false;
  #bytesBeforeAdmission = 0;

  constructor(bounds: PacketBounds = PACKET_BOUNDS) {
    this.#bounds = bounds;
  }

  /** The broker has let the client in. */
  admit(): void {
    this.#isAdmitted = true;
  }

  /** Looks at the next bytes. Throws BAD_REQUEST or BUS_MESSAGE_TOO_LONG, after which the connection is to be cut. */
  inspect(bytes: Uint8Array): void {
    if (!this.#isAdmitted) this.#countBeforeAdmission(bytes.byteLength);
    for (let offset = 0; offset < bytes.byteLength;) offset = this.#step(bytes, offset);
  }

  #countBeforeAdmission(bytes: number): void {
    this.#bytesBeforeAdmission += bytes;
    if (this.#bytesBeforeAdmission <= this.#bounds.connectBytesMax) return;
    throw new SedgeError('BUS_MESSAGE_TOO_LONG', `${this.#bytesBeforeAdmission} bytes before the client was let in`);
  }

  #step(bytes: Uint8Array, offset: number): number {
    const reading = this.#reading;
    switch (reading.part) {
      case 'type':
        this.#takeType(bytes[offset] ?? 0);
        return offset + 1;
      case 'length':
        this.#takeLength(reading, bytes[offset] ?? 0);
        return offset + 1;
      case 'body': {
        const taken = Math.min(reading.bytesLeft, bytes.byteLength - offset);
        reading.bytesLeft -= taken;
        if (reading.bytesLeft === 0) this.#reading = { part: 'type' };
        return offset + taken;
      }
    }
  }

  #takeType(byte: number): void {
    if (this.#isFirstPacket && byte !== CONNECT) {
      throw new SedgeError('BAD_REQUEST', `the first packet begins with 0x${byte.toString(16)}, not with CONNECT`);
    }
    this.#isFirstPacket = false;
    this.#reading = { part: 'length', length: 0, lengthBytes: 0 };
  }

  #takeLength(reading: Extract<Reading, { part: 'length' }>, byte: number): void {
    reading.length += (byte & 0x7f) * 128 ** reading.lengthBytes;
    reading.lengthBytes += 1;
    if ((byte & 0x80) !== 0) return this.#checkLengthGoesOn(reading.lengthBytes);
    this.#checkPacketBytes(1 + reading.lengthBytes + reading.length);
    this.#reading = reading.length === 0 ? { part: 'type' } : { part: 'body', bytesLeft: reading.length };
  }

  #checkLengthGoesOn(lengthBytes: number): void {
    if (lengthBytes < LENGTH_BYTES_MAX) return;
    throw new SedgeError('BAD_REQUEST', 'a packet length of more than four bytes');
  }

  #checkPacketBytes(packetBytes: number): void {
    const most = this.#isAdmitted ? this.#bounds.packetBytesMax : this.#bounds.connectBytesMax;
    if (packetBytes <= most) return;
    throw new SedgeError('BUS_MESSAGE_TOO_LONG', `a packet of ${packetBytes} bytes was announced; at most ${most}`);
  }
}
