import type { PlainClient } from './plainClient';

export interface PlainStream {
  readonly id: number;
  readonly received: Buffer[];
  ended: boolean;
}

/** smux version 1 by hand (protocol notes, section 9.2), on the Output payloads of a client. */
export class PlainMux {
  readonly streams = new Map<number, PlainStream>();
  /** NOP frames seen. */
  nops = 0;
  readonly #client: PlainClient;
  #rest = Buffer.alloc(0);
  #nextId = 3;

  constructor(client: PlainClient) {
    this.#client = client;
    client.onOutput = bytes => this.#read(bytes);
  }

  open(): PlainStream {
    const stream: PlainStream = { id: this.#nextId, received: [], ended: false };
    this.#nextId += 2;
    this.streams.set(stream.id, stream);
    this.frame(0, stream.id);
    return stream;
  }

  write(stream: PlainStream, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += 32_768) {
      this.frame(2, stream.id, bytes.subarray(at, at + 32_768));
    }
  }

  end(stream: PlainStream): void {
    this.frame(1, stream.id);
  }

  frame(command: number, id: number, data: Uint8Array = new Uint8Array(0)): void {
    const header = Buffer.alloc(8);
    header[0] = 1;
    header[1] = command;
    header.writeUInt16LE(data.length, 2);
    header.writeUInt32LE(id, 4);
    this.#client.write(Buffer.concat([header, data]));
  }

  async received(stream: PlainStream, bytes: number): Promise<Buffer> {
    const length = () => stream.received.reduce((sum, part) => sum + part.length, 0);
    await this.#client.until(() => length() >= bytes);
    return Buffer.concat(stream.received);
  }

  #read(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= 8) {
      const length = this.#rest.readUInt16LE(2);
      if (this.#rest.length < 8 + length) return;
      if (this.#rest[0] !== 1) throw new Error('smux version is not 1');
      const stream = this.streams.get(this.#rest.readUInt32LE(4));
      const command = this.#rest[1];
      if (command === 2) stream?.received.push(Buffer.from(this.#rest.subarray(8, 8 + length)));
      else if (command === 1 && stream) stream.ended = true;
      else if (command === 3) this.nops += 1;
      else throw new Error(`the agent must not send smux command ${command}`);
      this.#rest = this.#rest.subarray(8 + length);
    }
  }
}
