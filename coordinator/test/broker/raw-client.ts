import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

/** MQTT 3.1.1 packets by hand: what a well-behaved library refuses to send. */
export const packets = {
  connect({ clientId, username, password, clean = true, will }: ConnectFields): Buffer {
    const flags = (clean ? 2 : 0) | (username === undefined ? 0 : 0x80) | (password === undefined ? 0 : 0x40);
    const willFlags = will === undefined ? 0 : 4 | ((will.qos ?? 0) << 3) | (will.retain === true ? 0x20 : 0);
    const body = [
      text('MQTT'),
      Buffer.from([4, flags | willFlags, 0, 60]),
      text(clientId),
      ...(will === undefined ? [] : [text(will.topic), text(will.payload)]),
      ...(username === undefined ? [] : [text(username)]),
      ...(password === undefined ? [] : [text(password)]),
    ];
    return packet(0x10, Buffer.concat(body));
  },
  subscribe(filter: string, qos = 0): Buffer {
    return packet(0x82, Buffer.concat([Buffer.from([0, 1]), text(filter), Buffer.from([qos])]));
  },
  publish(topic: string, payload: string | Buffer, { qos = 0, retain = false } = {}): Buffer {
    const id = qos > 0 ? Buffer.from([0, 7]) : Buffer.alloc(0);
    return packet(0x30 | (qos << 1) | (retain ? 1 : 0), Buffer.concat([text(topic), id, Buffer.from(payload)]));
  },
};

export interface ConnectFields {
  readonly clientId: string;
  readonly username?: string;
  readonly password?: string;
  readonly clean?: boolean;
  readonly will?: {
    readonly topic: string;
    readonly payload: string;
    readonly qos?: number;
    readonly retain?: boolean;
  };
}

/** A socket that keeps what it received and knows when it was closed. */
export class RawClient implements AsyncDisposable {
  readonly socket: Socket;
  received = Buffer.alloc(0);
  isClosed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
    });
    socket.on('data', (bytes) => {
      this.received = Buffer.concat([this.received, bytes]);
    });
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  send(bytes: Buffer): void {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  /** Resolves when so many bytes have come; rejects when the connection closes first. */
  async bytes(count: number): Promise<Buffer> {
    while (this.received.byteLength < count) {
      if (this.isClosed) throw new Error(`closed after ${this.received.byteLength} bytes`);
      await this.#change();
    }
    return this.received;
  }

  async closed(): Promise<void> {
    while (!this.isClosed) await this.#change();
  }

  /** Resolves at the next data or at the end; errors come before the end and are not told apart from it. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        this.socket.off('data', settle).off('close', settle);
        resolve();
      };
      this.socket.on('data', settle).on('close', settle);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.closed();
  }
}

function packet(first: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([first, ...remainingLength(body.byteLength)]), body]);
}

export function remainingLength(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.byteLength);
  return Buffer.concat([length, bytes]);
}
