import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ByteGatherer } from '../../../src/base/byteGatherer';
import { SparePieces } from '../../../src/base/sparePieces';

describe('gathered bytes', () => {
  it('are what was appended, in order, however much it becomes', () => {
    const gatherer = new ByteGatherer();
    for (let round = 0; round < 4; round++) {
      const pieces = [1, 0, 7, 300, 5000, 70_000, 3].map(size => randomBytes(size));
      for (const piece of pieces) gatherer.append(piece);
      const all = Buffer.concat(pieces);
      expect(gatherer.length).toBe(all.length);
      expect(gatherer.take().equals(all)).toBe(true);
      expect(gatherer.length).toBe(0);
    }
  });

  it('do not change with what was appended, nor with what is gathered next', () => {
    const gatherer = new ByteGatherer(new SparePieces(8));
    const piece = Buffer.from('first');
    gatherer.append(piece);
    piece.fill(0);
    const first = gatherer.take();
    gatherer.append(Buffer.from('other'));
    expect(first.toString()).toBe('first');
    expect(gatherer.take().toString()).toBe('other');
  });

  it('stand in memory that was given back, when they fill at least half of it', () => {
    const spares = new SparePieces(64);
    const gatherer = new ByteGatherer(spares);
    gatherer.append(Buffer.alloc(40, 1));
    const first = gatherer.take();
    spares.giveBack(first);
    gatherer.append(Buffer.alloc(41, 2));
    const second = gatherer.take();
    expect(second.buffer).toBe(first.buffer);
    spares.giveBack(second);
    // Less than half would let a slow reader's few bytes keep a whole piece each; what came last is what is expected.
    gatherer.append(Buffer.alloc(3, 3));
    spares.giveBack(gatherer.take());
    gatherer.append(Buffer.alloc(3, 3));
    expect(gatherer.take().buffer).not.toBe(first.buffer);
    // More than fits is memory of its own.
    gatherer.append(Buffer.alloc(65, 4));
    expect(gatherer.take()).toHaveLength(65);
    expect(spares.take().buffer).toBe(first.buffer);
  });
});

describe('spare pieces', () => {
  it('are used again, a few of them, and nothing that is no piece', () => {
    const spares = new SparePieces(16);
    const pieces = Array.from({ length: 10 }, () => spares.take());
    expect(new Set(pieces.map(({ buffer }) => buffer)).size).toBe(10);
    spares.giveBack(Buffer.from('not one of them'));
    for (const piece of pieces) spares.giveBack(piece.subarray(2, 5));
    const again = Array.from({ length: 10 }, () => spares.take());
    expect(again.every(({ length }) => length === 16)).toBe(true);
    const old = new Set(pieces.map(({ buffer }) => buffer));
    expect(again.filter(({ buffer }) => old.has(buffer))).toHaveLength(4);
  });
});
