import { connect, createServer, type AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { GatheredWriter } from '../../../src/base/gatheredWriter';

class Sink extends Writable {
  readonly writes: string[] = [];
  #release: (() => void) | undefined;

  constructor(private readonly stalled = false) {
    super({ highWaterMark: 10 });
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.writes.push(chunk.toString());
    if (this.stalled) this.#release = callback;
    else callback();
  }

  goOn(): void {
    this.#release?.();
  }
}

const turn = () => new Promise(resolve => setImmediate(resolve));

it('gives the stream one piece for all that one turn wrote', async () => {
  const sink = new Sink();
  const writer = new GatheredWriter(sink);
  writer.write(Buffer.from('one '));
  writer.write(Buffer.alloc(0));
  writer.write(Buffer.from('two'));
  expect(sink.writes).toEqual([]);
  expect(writer.gatheredBytes).toBe(7);
  await turn();
  writer.write(Buffer.from('three'));
  await turn();
  expect(sink.writes).toEqual(['one two', 'three']);
  expect(writer.gatheredBytes).toBe(0);
});

it('says when the stream has enough, and when it wants more', async () => {
  const sink = new Sink(true);
  let drained = 0;
  const writer = new GatheredWriter(sink, { onDrain: () => drained++ });
  expect(writer.write(Buffer.from('12345'))).toBe(true);
  expect(writer.write(Buffer.from('67890'))).toBe(false);
  await turn();
  expect(drained).toBe(0);
  sink.goOn();
  await turn();
  expect(drained).toBe(1);
  expect(writer.write(Buffer.from('a'))).toBe(true);
});

it('says that there is room again also when everything was taken at once, for which a stream emits nothing', async () => {
  const server = createServer(socket => socket.resume());
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await new Promise(resolve => socket.once('connect', resolve));
  for (let round = 0; round < 5; round++) {
    await new Promise<void>(resolve => {
      const writer = new GatheredWriter(socket, { onDrain: resolve });
      expect(writer.write(Buffer.alloc(100_000))).toBe(false);
    });
  }
  socket.destroy();
  await new Promise(resolve => server.close(resolve));
});

it('says so also when the stream was ended meanwhile', async () => {
  const sink = new Sink(true);
  let drained = 0;
  const writer = new GatheredWriter(sink, { onDrain: () => drained++ });
  expect(writer.write(Buffer.alloc(11))).toBe(false);
  writer.flush();
  sink.end();
  await turn();
  expect(drained).toBe(0);
  sink.goOn();
  await turn();
  expect(drained).toBe(1);
});

it('says nothing of room that it never said was gone', async () => {
  const sink = new Sink();
  let drained = 0;
  const writer = new GatheredWriter(sink, { onDrain: () => drained++ });
  writer.write(Buffer.from('few'));
  await turn();
  expect(sink.writes).toEqual(['few']);
  expect(drained).toBe(0);
});

it('can be emptied before the stream is ended, and drops what comes after', async () => {
  const sink = new Sink();
  const writer = new GatheredWriter(sink);
  writer.write(Buffer.from('last'));
  writer.flush();
  sink.end();
  writer.write(Buffer.from('too late'));
  await turn();
  expect(sink.writes).toEqual(['last']);
});

it('tells what the stream is done with, also when the stream is gone', async () => {
  const sink = new Sink(true);
  const taken: number[] = [];
  const writer = new GatheredWriter(sink, { onTaken: bytes => taken.push(bytes) });
  writer.write(Buffer.from('12345'));
  writer.write(Buffer.from('678'));
  await turn();
  expect(taken).toEqual([]);
  sink.goOn();
  await turn();
  expect(taken).toEqual([8]);
  sink.destroy();
  writer.write(Buffer.from('late'));
  await turn();
  expect(taken).toEqual([8, 4]);
});
