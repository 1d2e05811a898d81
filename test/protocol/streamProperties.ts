import fc from 'fast-check';
import { anyFaults } from '../support/ssm/faultArbitrary';
import { runMux, type MuxConversation } from '../support/ssm/muxRun';
import { runStream, type Conversation } from '../support/ssm/streamRun';

const anyTalk = fc.array(fc.record({ at: fc.nat(3000), size: fc.integer({ min: 1, max: 6000 }) }), {
  maxLength: 8,
});

const anyConversation: fc.Arbitrary<Conversation> = fc.record({
  up: anyTalk,
  down: anyTalk,
  agentReadyAt: fc.oneof(fc.constant(0), fc.nat(2000)),
  reacknowledges: fc.boolean(),
});

/** Whatever goes wrong on the way: every byte arrives once, in order, unchanged, and the session lives. */
export const streamProperty = fc.asyncProperty(anyFaults, anyConversation, async (faults, conversation) => {
  const result = await runStream(faults, conversation);
  if (result.closed) throw new Error(`closed: ${JSON.stringify(result.closed)}`);
  if (!result.agentGot.equals(result.sent))
    throw new Error(`the agent got ${result.agentGot.length} bytes of ${result.sent.length}, or others`);
  if (!result.clientGot.equals(result.said))
    throw new Error(`the client got ${result.clientGot.length} bytes of ${result.said.length}, or others`);
});

const anyMuxConversation: fc.Arbitrary<MuxConversation> = fc.record({
  connections: fc.array(
    fc.record({
      at: fc.nat(2000),
      sizes: fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 6 },
  ),
});

/** The same for the connections of a port forward, each for itself. */
export const muxProperty = fc.asyncProperty(anyFaults, anyMuxConversation, async (faults, conversation) => {
  const result = await runMux(faults, conversation);
  if (result.closed) throw new Error(`closed: ${JSON.stringify(result.closed)}`);
  result.sent.forEach((sent, index) => {
    const echoed = result.echoed[index]!;
    if (!echoed.equals(sent))
      throw new Error(`connection ${index}: ${echoed.length} bytes of ${sent.length}, or others`);
  });
});
