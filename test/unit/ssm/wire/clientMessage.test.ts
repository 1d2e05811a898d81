import { describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import {
  decodeClientMessage,
  encodeClientMessage,
  HEADER_BYTES,
  MessageFlags,
  newMessageId,
  PayloadType,
  type ClientMessage,
} from '../../../../src/ssm/wire/clientMessage';
import {
  decodeAcknowledge,
  decodeAcknowledgedSequence,
  encodeAcknowledge,
  encodeAcknowledgeFrame,
} from '../../../../src/ssm/wire/acknowledge';
import { MessageIds } from '../../../../src/ssm/wire/messageIds';
import { WireError } from '../../../../src/ssm/wire/wireError';

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

// Both vectors come from the official client's own serialiser (protocol notes, section 3).
const INPUT_VECTOR = hex(
  `00000074 696e7075745f73747265616d5f64617461202020202020202020202020202020 00000001 0000018bcfe56800
   0000000000000007 0000000000000000 8899aabbccddeeff0011223344554677
   2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824 00000001 00000005 68656c6c6f`,
);
const ACK_HEADER_VECTOR = hex(
  `00000074 61636b6e6f776c65646765202020202020202020202020202020202020202020 00000001 0000018bcfe56800
   0000000000000000 0000000000000003 8899aabbccddeeff0011223344554677
   33a12833fe3085f8ae7a02be15b90bf599665fb98aed7174bca05e5f09955461 00000000 000000b0`,
);
const ID = '00112233-4455-4677-8899-aabbccddeeff';

const inputMessage: ClientMessage = {
  messageType: 'input_stream_data',
  schemaVersion: 1,
  createdDate: 1_700_000_000_000,
  sequenceNumber: 7,
  flags: MessageFlags.None,
  messageId: ID,
  payloadType: PayloadType.Output,
  payload: Buffer.from('hello'),
};

const fieldsOf = (message: ClientMessage): ClientMessage => ({
  messageType: message.messageType,
  schemaVersion: message.schemaVersion,
  createdDate: message.createdDate,
  sequenceNumber: message.sequenceNumber,
  flags: message.flags,
  messageId: message.messageId,
  payloadType: message.payloadType,
  payload: Uint8Array.from(message.payload),
});

/** Writes the digest that belongs to the payload, for frames built by hand. */
function redigest(frame: Buffer): Buffer {
  createHash('sha256').update(frame.subarray(HEADER_BYTES)).digest().copy(frame, 80);
  return frame;
}

describe('stream data message', () => {
  it('is written byte for byte as the official client writes it', () => {
    expect(Buffer.from(encodeClientMessage(inputMessage))).toEqual(INPUT_VECTOR);
  });

  it('is read back from those bytes', () => {
    expect(fieldsOf(decodeClientMessage(INPUT_VECTOR))).toEqual(fieldsOf(inputMessage));
  });

  it('survives every size, type, number and id', () => {
    fc.assert(
      fc.property(
        fc.record({
          messageType: fc.constantFrom('input_stream_data', 'output_stream_data', 'agent_session_state', 'x'),
          schemaVersion: fc.nat(),
          createdDate: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
          sequenceNumber: fc.maxSafeNat(),
          flags: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
          messageId: fc.uuid(),
          payloadType: fc.nat(12),
          payload: fc.uint8Array({ minLength: 1, maxLength: 3000 }),
        }),
        message => {
          expect(fieldsOf(decodeClientMessage(encodeClientMessage(message)))).toEqual(message);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('gives a payload that is a view, at any offset of a larger buffer', () => {
    const around = Buffer.concat([Buffer.alloc(3, 9), INPUT_VECTOR, Buffer.alloc(5, 9)]);
    const frame = around.subarray(3, 3 + INPUT_VECTOR.length);
    const { payload } = decodeClientMessage(frame);
    expect(Buffer.from(payload).toString()).toBe('hello');
    expect(payload.buffer).toBe(around.buffer);
  });

  it.each([
    ['an empty payload', { payload: new Uint8Array(0) }, HEADER_BYTES],
    ['an empty type', { messageType: '' }, 4],
    ['a type of 33 bytes', { messageType: 'x'.repeat(33) }, 4],
    ['a malformed id', { messageId: 'not-a-uuid' }, 64],
    ['an id with letters that are no digits', { messageId: '0011223g-4455-4677-8899-aabbccddeeff' }, 64],
    ['a negative sequence number', { sequenceNumber: -1 }, 48],
    ['a fractional date', { createdDate: 1.5 }, 40],
  ])('is not written with %s', (_, change, offset) => {
    expect(() => encodeClientMessage({ ...inputMessage, ...change })).toThrow(
      expect.objectContaining({ name: 'WireError', offset }),
    );
  });

  it('is refused at every length shorter than the header', () => {
    for (let length = 0; length < HEADER_BYTES; length++) {
      expect(() => decodeClientMessage(INPUT_VECTOR.subarray(0, length))).toThrow(
        expect.objectContaining({ name: 'WireError', offset: length }),
      );
    }
  });

  it.each([
    ['a header length under 116', 0, '00000073', 0],
    ['a header length beyond the frame', 0, '000000ff', 0],
    ['a blank type', 4, '20'.repeat(32), 4],
    ['a date over 53 bits', 40, '0020000000000000', 40],
    ['a negative sequence number', 48, 'ffffffffffffffff', 48],
    ['a digest of something else', 80, '00', 80],
    ['a length that promises more than there is', 116, '00000006', 116],
  ])('is refused with %s', (_, at, bytes, offset) => {
    const frame = Buffer.from(INPUT_VECTOR);
    hex(bytes).copy(frame, at);
    expect(() => decodeClientMessage(frame)).toThrow(expect.objectContaining({ name: 'WireError', offset }));
  });

  it('tells where it stopped', () => {
    expect(() => decodeClientMessage(Buffer.alloc(3))).toThrow(
      new WireError('frame of 3 bytes is shorter than the header', 3),
    );
  });
});

describe('tolerance of the Go decoders', () => {
  it('takes a type padded with NULs on the left, as another client sends it', () => {
    const frame = Buffer.from(INPUT_VECTOR);
    frame.fill(0, 4, 36).write('input_stream_data', 36 - 'input_stream_data'.length, 'latin1');
    expect(decodeClientMessage(frame).messageType).toBe('input_stream_data');
  });

  it('takes the rest of the frame for the payload when the length says less', () => {
    const frame = Buffer.from(INPUT_VECTOR);
    frame.writeUInt32BE(2, 116);
    expect(Buffer.from(decodeClientMessage(redigest(frame)).payload).toString()).toBe('hello');
  });

  it('does not look at the digest of a payload whose length is 0', () => {
    const frame = Buffer.from(INPUT_VECTOR);
    frame.fill(0, 80, 112).writeUInt32BE(0, 116);
    expect(Buffer.from(decodeClientMessage(frame).payload).toString()).toBe('hello');
  });

  it('does not look at the digest of a publication message', () => {
    for (const type of ['start_publication', 'pause_publication']) {
      const frame = Buffer.from(encodeClientMessage({ ...inputMessage, messageType: type }));
      frame.fill(0, 80, 112);
      expect(decodeClientMessage(frame).messageType).toBe(type);
    }
  });

  it('reads a frame without a payload', () => {
    const frame = Buffer.from(INPUT_VECTOR.subarray(0, HEADER_BYTES));
    frame.writeUInt32BE(0, 116);
    expect(decodeClientMessage(frame).payload.length).toBe(0);
  });

  it('skips header fields that a later protocol may add', () => {
    const longer = Buffer.concat([
      INPUT_VECTOR.subarray(0, 116),
      Buffer.alloc(4, 7),
      INPUT_VECTOR.subarray(116),
    ]);
    longer.writeUInt32BE(120, 0);
    expect(Buffer.from(decodeClientMessage(longer).payload).toString()).toBe('hello');
  });

  it('leaves the digest alone when told to, as the agent does', () => {
    const frame = Buffer.from(INPUT_VECTOR).fill(0, 80, 112);
    expect(decodeClientMessage(frame, { checkDigest: false }).sequenceNumber).toBe(7);
  });
});

describe('acknowledge', () => {
  const content = {
    AcknowledgedMessageType: 'output_stream_data',
    AcknowledgedMessageId: ID,
    AcknowledgedMessageSequenceNumber: 7,
    IsSequentialMessage: true,
  };

  it('is written byte for byte as the official client writes it', () => {
    const payload = encodeAcknowledge(content);
    expect(payload.length).toBe(176);
    const frame = encodeClientMessage({
      ...inputMessage,
      messageType: 'acknowledge',
      sequenceNumber: 0,
      flags: MessageFlags.SynFin,
      payloadType: PayloadType.None,
      payload,
    });
    expect(Buffer.from(frame.subarray(0, HEADER_BYTES))).toEqual(ACK_HEADER_VECTOR);
  });

  /** The frame that acknowledges a message of this type and number. */
  const answerTo = (messageType: string, sequenceNumber: number) =>
    Buffer.from(
      encodeAcknowledgeFrame(
        decodeClientMessage(encodeClientMessage({ ...inputMessage, messageType, sequenceNumber })),
        1_700_000_000_000,
        new MessageIds(),
      ),
    );

  it('is the same when the frame is made in one go, but for the fresh message id', () => {
    const frame = answerTo('output_stream_data', 7);
    expect(frame.subarray(0, 64)).toEqual(ACK_HEADER_VECTOR.subarray(0, 64));
    expect(frame.subarray(80, 120)).toEqual(ACK_HEADER_VECTOR.subarray(80, 120));
    expect(decodeClientMessage(frame).messageId).toMatch(UUID_4);
    expect(decodeAcknowledge(decodeClientMessage(frame).payload)).toEqual(content);
  });

  it('is the same JSON for every type and number, and its number is read from it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('output_stream_data', 'input_stream_data', 'agent_job', 'quote"d'),
        fc.oneof(fc.nat(20), fc.maxSafeNat()),
        (messageType, sequenceNumber) => {
          const { payload } = decodeClientMessage(answerTo(messageType, sequenceNumber));
          expect(Buffer.from(payload).toString()).toBe(
            JSON.stringify({
              ...content,
              AcknowledgedMessageType: messageType,
              AcknowledgedMessageSequenceNumber: sequenceNumber,
            }),
          );
          expect(decodeAcknowledgedSequence(payload)).toBe(sequenceNumber);
        },
      ),
    );
  });

  it('is read alike by the quick and the careful reader, however it is damaged', () => {
    const good = encodeAcknowledge({ ...content, AcknowledgedMessageSequenceNumber: 120 });
    const read = (decode: () => number) => {
      try {
        return decode();
      } catch (thrown) {
        if (thrown instanceof WireError) return 'refused';
        throw thrown;
      }
    };
    fc.assert(
      fc.property(
        fc.nat(good.length - 1),
        fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('"\\{},:0123456789 -e.'))),
        fc.nat(3),
        (at, byte, cut) => {
          const damaged = Buffer.from(good.subarray(0, cut === 0 ? at + 1 : good.length));
          damaged[at] = byte;
          expect(read(() => decodeAcknowledgedSequence(damaged))).toBe(
            read(() => decodeAcknowledge(damaged).AcknowledgedMessageSequenceNumber),
          );
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('gives its number alone, in whatever form the JSON came', () => {
    expect(decodeAcknowledgedSequence(encodeAcknowledge(content))).toBe(7);
    expect(decodeAcknowledgedSequence(Buffer.from('{ "AcknowledgedMessageSequenceNumber" : 12 }'))).toBe(12);
    expect(
      decodeAcknowledgedSequence(encodeAcknowledge({ ...content, AcknowledgedMessageType: 'a"b' })),
    ).toBe(7);
    expect(() => decodeAcknowledgedSequence(Buffer.from('{}'))).toThrow(WireError);
  });

  it('escapes a type that needs it', () => {
    const odd = { ...content, AcknowledgedMessageType: 'a"b\\' };
    expect(decodeAcknowledge(encodeAcknowledge(odd))).toEqual(odd);
  });

  it.each([
    '',
    '[]',
    'null',
    '{',
    '{"AcknowledgedMessageSequenceNumber":-1}',
    '{"AcknowledgedMessageSequenceNumber":"7"}',
    '{}',
  ])('is refused as %j', text => {
    expect(() => decodeAcknowledge(Buffer.from(text))).toThrow(WireError);
  });
});

const UUID_4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('message ids', () => {
  it('do not repeat', () => {
    expect(new Set(Array.from({ length: 1000 }, newMessageId)).size).toBe(1000);
  });

  it('are random version 4 UUIDs, a different one each time, from a source too', () => {
    const ids = new MessageIds();
    const seen = new Set<string>();
    for (let count = 0; count < 1000; count++) {
      const frame = encodeClientMessage({ ...inputMessage, messageId: ids });
      const { messageId } = decodeClientMessage(frame);
      expect(messageId).toMatch(UUID_4);
      seen.add(messageId);
    }
    expect(seen.size).toBe(1000);
  });
});
