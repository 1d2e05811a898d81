import * as z from 'zod';
import type { FaultBook } from '../gateway/faults';
import type { MessageGateway } from '../gateway/messageGateway';
import { json } from '../server/http';
import type { SessionRegistry } from '../sessions/sessionRegistry';
import type { Instances } from '../world/instances';
import type { CallCounts } from './callCounts';
import type { CallFaults } from './callFaults';
import { BadCall, bodyOf, door, read, type BackDoorRoute } from './door';

const ending = z.strictObject({ output: z.string().optional() });
const sessionFault = z.strictObject({ sessionId: z.string().optional(), plan: z.unknown() });
const instanceChange = z.strictObject({
  state: z.enum(['pending', 'running', 'stopping', 'stopped', 'shutting-down', 'terminated']).optional(),
  ping: z.enum(['Online', 'ConnectionLost']).optional(),
  agentVersion: z
    .string()
    .regex(/^\d+(\.\d+){3}$/)
    .optional(),
});

/** What happens to sessions, calls and instances that nobody asked for. */
export function sessionDoors(
  sandbox: {
    readonly registry: SessionRegistry;
    readonly sessionFaults: FaultBook;
    readonly callFaults: CallFaults;
    readonly callCounts: CallCounts;
    readonly instances: Instances;
  },
  gateway: MessageGateway,
): readonly BackDoorRoute[] {
  const { registry, sessionFaults, callFaults, callCounts, instances } = sandbox;
  return [
    door('GET', 'sessions', 'Every session, newest first', () => json(200, { sessions: registry.list() })),
    door('POST', 'sessions/{sessionId}/terminate', 'The service ends a session: {output?}', (call, id) => {
      const { output = '' } = read(ending, call);
      if (!gateway.endSession(id, 'sandbox', output)) throw new BadCall('No such living session', 404);
      return json(200, { session: registry.find(id) });
    }),
    door(
      'POST',
      'sessions/{sessionId}/break',
      "Cuts the client's connection; the session lives on",
      (_, id) => {
        if (!gateway.breakSocket(id)) throw new BadCall('No client is connected to that session', 404);
        return json(200, {});
      },
    ),
    door(
      'POST',
      'session-faults',
      'What goes wrong in a session: {sessionId?, plan}; without an id, in the next one',
      call => {
        const { sessionId, plan } = read(sessionFault, call);
        if (sessionId === undefined) sessionFaults.setNext(plan as object);
        else sessionFaults.setFor(sessionId, plan as object);
        return json(200, {});
      },
    ),
    door('DELETE', 'session-faults/{sessionId}', 'Ends the faults of a session', (_, id) => {
      sessionFaults.clear(id);
      return json(200, {});
    }),
    door('GET', 'faults', 'Calls that are to go wrong', () => json(200, { faults: callFaults.list() })),
    door(
      'POST',
      'faults',
      'Makes calls go wrong: {operation: "ssm:StartSession", kind: fail|throttle|delay|garbage|reset, times?, accountId?, region?, delayMs?, code?, message?, status?}',
      call => json(200, { fault: callFaults.add(bodyOf(call)) }),
    ),
    door('DELETE', 'faults', 'Lets all calls go right again', () => {
      callFaults.clear();
      return json(200, {});
    }),
    door('DELETE', 'faults/{operation}', 'Lets calls of one operation go right again', (_, operation) => {
      callFaults.clear(operation);
      return json(200, {});
    }),
    door('GET', 'calls', 'How often each AWS operation was called', () =>
      json(200, { calls: callCounts.list() }),
    ),
    door('DELETE', 'calls', 'Counts the calls from zero', () => {
      callCounts.clear();
      return json(200, {});
    }),
    door(
      'POST',
      'instances/{instanceId}',
      'Changes an instance: {state?, ping?, agentVersion?}',
      (call, id) => {
        const { state, ping, agentVersion } = read(instanceChange, call);
        const instance = instances.change(id, {
          ...(state === undefined ? {} : { state }),
          ...(ping === undefined ? {} : { ping }),
          ...(agentVersion === undefined ? {} : { agentVersion }),
        });
        if (instance === undefined) throw new BadCall('No such instance', 404);
        return json(200, { instance });
      },
    ),
  ];
}
