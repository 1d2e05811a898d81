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

it('says when the stream has enough, and the stream says when it wants more', async () => {
  const sink = new Sink(true);
  const writer = new GatheredWriter(sink);
  let drained = 0;
  sink.on('drain', () => drained++);
  expect(writer.write(Buffer.from('12345'))).toBe(true);
  expect(writer.write(Buffer.from('67890'))).toBe(false);
  await turn();
  expect(drained).toBe(0);
  sink.goOn();
  await turn();
  expect(drained).toBe(1);
  expect(writer.write(Buffer.from('a'))).toBe(true);
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
