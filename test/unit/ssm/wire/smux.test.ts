import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import {
  encodeSmuxFrame,
  SmuxCommand,
  SmuxDecoder,
  SmuxReader,
  type SmuxFrame,
} from '../../../../src/ssm/wire/smux';
import { WireError } from '../../../../src/ssm/wire/wireError';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const { Syn, Fin, Psh, Nop } = SmuxCommand;

// Protocol notes, section 9.2.
const vectors = [
  ['SYN', '0100 0000 03000000', Syn, 3, ''],
  ['PSH', '0102 0500 03000000 68656c6c6f', Psh, 3, 'hello'],
  ['FIN', '0101 0000 03000000', Fin, 3, ''],
  ['NOP', '0103 0000 00000000', Nop, 0, ''],
] as const;

describe('smux frame', () => {
  it.each(vectors)('%s is written as the Go library writes it', (_, bytes, command, streamId, data) => {
    expect(Buffer.from(encodeSmuxFrame(command, streamId, Buffer.from(data)))).toEqual(hex(bytes));
  });

  it.each(vectors)('%s is read', (_, bytes, command, streamId, data) => {
    const frames = new SmuxDecoder().push(hex(bytes));
    expect(frames.map(frame => ({ ...frame, data: Buffer.from(frame.data).toString() }))).toEqual([
      { command, streamId, data },
    ]);
  });

  it('is refused over 65 535 bytes', () => {
    expect(() => encodeSmuxFrame(Psh, 3, new Uint8Array(65_536))).toThrow(WireError);
    expect(encodeSmuxFrame(Psh, 3, new Uint8Array(65_535)).length).toBe(65_543);
  });
});

const anyFrames = fc.array(
  fc.oneof(
    fc.record({
      command: fc.constant(Psh),
      streamId: fc.nat(50),
      data: fc.uint8Array({ minLength: 1, maxLength: 300 }),
    }),
    fc.record({
      command: fc.constantFrom(Syn, Fin, Nop),
      streamId: fc.nat(50),
      data: fc.constant(new Uint8Array(0)),
    }),
  ),
  { maxLength: 30 },
);

/** Cuts `bytes` at the given places, which may repeat. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [0, ...places.map(place => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

const wire = (frames: readonly SmuxFrame[]) =>
  Buffer.concat(frames.map(frame => encodeSmuxFrame(frame.command, frame.streamId, frame.data)));

describe('a stream of frames', () => {
  it('comes out whole wherever it is cut', () => {
    fc.assert(
      fc.property(anyFrames, fc.array(fc.nat(), { maxLength: 40 }), (frames, places) => {
        const decoder = new SmuxDecoder();
        const read = cut(wire(frames), places).flatMap(chunk => decoder.push(chunk));
        expect(read.map(frame => ({ ...frame, data: Uint8Array.from(frame.data) }))).toEqual(frames);
        expect(decoder.pendingBytes).toBe(0);
      }),
    );
  });

  it('is handed on piece by piece in the same order', () => {
    fc.assert(
      fc.property(anyFrames, fc.array(fc.nat(), { maxLength: 40 }), (frames, places) => {
        const reader = new SmuxReader();
        const seen: { command: number; streamId: number; data: number[] }[] = [];
        for (const chunk of cut(wire(frames), places)) {
          reader.push(chunk, (command, streamId, data) => {
            const last = seen.at(-1);
            if (command === Psh && last?.command === Psh && last.streamId === streamId)
              last.data.push(...data);
            else seen.push({ command, streamId, data: [...data] });
          });
        }
        const joined: typeof seen = [];
        for (const frame of frames) {
          const last = joined.at(-1);
          if (frame.command === Psh && last?.command === Psh && last.streamId === frame.streamId)
            last.data.push(...frame.data);
          else joined.push({ command: frame.command, streamId: frame.streamId, data: [...frame.data] });
        }
        expect(seen).toEqual(joined);
      }),
    );
  });

  it('holds a copy of what waits, not the chunk it came in', () => {
    const decoder = new SmuxDecoder();
    const chunk = Buffer.from(encodeSmuxFrame(Psh, 3, Buffer.from('hello')));
    expect(decoder.push(chunk.subarray(0, 10))).toEqual([]);
    chunk.fill(0, 0, 10);
    expect(Buffer.from(decoder.push(chunk.subarray(10))[0]!.data).toString()).toBe('hello');
  });

  it('stops at a version or command it does not know, and says where', () => {
    const good = wire([{ command: Psh, streamId: 3, data: Buffer.from('abc') }]);
    for (const [bad, offset] of [
      [hex('0200000003000000'), 11],
      [hex('0104000003000000'), 12],
    ] as const) {
      expect(() => new SmuxDecoder().push(Buffer.concat([good, bad]))).toThrow(
        expect.objectContaining({ offset }),
      );
      const reader = new SmuxReader();
      reader.push(good, () => undefined);
      expect(() => reader.push(bad, () => undefined)).toThrow(expect.objectContaining({ offset }));
    }
  });
});
