import { describe, expect, it } from 'vitest';
import { chooseRole } from '../../../src/ui/model/sessions/roleChoice';
import {
  forwardDocument,
  parseForwardTo,
  parseLocalPort,
} from '../../../src/ui/model/sessions/forwardAddress';
import { inventoryPlan } from '../../../src/ui/model/instances/inventoryPlan';
import { closeText } from '../../../src/ui/model/sessions/closeText';
import { ownLine } from '../../../src/ui/model/sessions/ownLine';
import { reviewed } from '../../../src/access/reviewItem';
import { accessRows } from '../../../src/ui/model/access/accessTreeModel';
import { favouriteRows, reviewRows } from '../../../src/ui/model/access/accessTreeRows';
import { reviewMarkdown } from '../../../src/ui/model/requests/reviewText';
import { grantedRoles } from '../../../src/ui/model/instances/grantedRoles';
import { sourceLanguage as l10n } from '../../../src/ui/model/localizer';
import {
  instanceKeyOf,
  requestIdOf,
  sessionIdOf,
  ssoSessionKeyOf,
  targetOf,
} from '../../../src/ui/workbench/commandSubject';
import {
  ACCOUNT,
  backend1,
  backEnd,
  backEndProfile,
  flow,
  frontEnd,
  frontEndProfile,
  grant,
  MINUTE,
  NOW,
  profile,
  request,
  ssoSession,
  viewer,
  web1,
} from './samples';

describe('the role a session is opened as', () => {
  const profiles = [viewer, frontEndProfile, backEndProfile];
  const choose = (one = web1, grants = [grant()], flows = [flow], given = profiles) =>
    chooseRole(one, { flows, grants, profiles: given, now: NOW });

  it('is that of the grant that covers the instance', () => {
    expect(choose()).toMatchObject({
      kind: 'use',
      role: {
        label: 'FrontEnd SSH',
        credentials: {
          kind: 'role',
          role: { ssoSession, accountId: ACCOUNT, roleName: 'FrontEndSSHAccess' },
        },
      },
    });
  });

  it('is that of any grant of the account otherwise, for AWS to judge', () => {
    expect(choose(backend1)).toMatchObject({ kind: 'use', role: { label: 'FrontEnd SSH' } });
  });

  it('prefers the grant that covers it to another that ends later', () => {
    const later = grant({
      requestId: 'b',
      targetId: backEnd.id,
      target: backEnd,
      effectiveEndsAt: NOW + 90 * MINUTE,
    });
    expect(choose(web1, [later, grant()])).toMatchObject({ role: { label: 'FrontEnd SSH' } });
  });

  it('is nobody’s while nothing is active: ask, or try what one always has', () => {
    const choice = choose(web1, []);
    expect(choice).toMatchObject({ kind: 'ask', reaching: [{ target: { label: 'FrontEnd SSH' } }] });
    // A role that a flow hands out is no standing role, although a profile names it.
    expect(choice.kind === 'ask' && choice.standing.map(role => role.label)).toEqual(['ViewOnlyAccess']);
  });

  it.each(['provisioning', 'ending', 'ended'] as const)('is never that of a grant that is %s', phase => {
    expect(choose(web1, [grant({ phase })]).kind).toBe('ask');
  });

  it('is never that of a grant whose time is over, although nobody has noticed yet', () => {
    expect(choose(web1, [grant({ effectiveEndsAt: NOW })]).kind).toBe('ask');
  });

  it('is the standing one when nothing could be asked for', () => {
    expect(choose(web1, [], [])).toMatchObject({ kind: 'ask', reaching: [] });
    expect(choose(web1, [], [], [viewer])).toMatchObject({ kind: 'use', role: { label: 'ViewOnlyAccess' } });
  });

  it('needs no profile of its own: any sign-in of the account will do', () => {
    expect(choose(web1, [grant()], [flow], [viewer])).toMatchObject({
      kind: 'use',
      role: { credentials: { kind: 'role', role: { roleName: 'FrontEndSSHAccess', ssoSession } } },
    });
  });
});

describe('what to list through whom', () => {
  const session = (profiles = [frontEndProfile, viewer]) => ({
    session: ssoSession,
    signIn: { kind: 'signedIn', expiresAt: NOW + MINUTE } as const,
    profiles,
  });
  const names = (roles: ReadonlyMap<string, boolean>, profiles = [frontEndProfile, viewer]) =>
    inventoryPlan([session(profiles)], [], roles).accounts[0]?.regions[0]?.candidates.map(({ name }) => name);

  it('lists an account whose profiles name no region in that of the environment, else of the sign-in', () => {
    const { region: _, ...placeless } = viewer;
    const regions = (extra: readonly string[], home?: string) =>
      inventoryPlan([session([placeless])], extra, new Map(), home).accounts[0]?.regions.map(
        ({ region }) => region,
      );
    expect(regions([], 'ap-south-1')).toEqual(['ap-south-1']);
    expect(regions([])).toEqual([ssoSession.region]);
    expect(regions(['eu-west-1'], 'ap-south-1')).toEqual(['eu-west-1']);
    const named = inventoryPlan([session([viewer])], [], new Map(), 'ap-south-1');
    expect(named.accounts[0]?.regions.map(({ region }) => region)).toEqual([viewer.region]);
  });

  it('asks a standing role before one that hangs on a grant, in force or not', () => {
    expect(names(grantedRoles([flow], []))).toEqual(['myco-viewer', 'frontend-ssh']);
    expect(names(grantedRoles([flow], [grant()]))).toEqual(['myco-viewer', 'frontend-ssh']);
  });

  it('asks a role in force before one that is not', () => {
    expect(names(grantedRoles([flow], [grant()]), [backEndProfile, frontEndProfile])).toEqual([
      'frontend-ssh',
      'backend-ssh',
    ]);
  });

  it('prefers the profile made for the region', () => {
    const eu = profile('myco-viewer-eu', 'EuViewer', { region: 'eu-west-1' });
    const plan = inventoryPlan([session([viewer, eu])], [], new Map());
    expect(plan.accounts[0]?.regions.map(({ region, candidates }) => [region, candidates[0]?.name])).toEqual([
      ['eu-west-1', 'myco-viewer-eu'],
      ['us-east-1', 'myco-viewer'],
    ]);
  });

  it('lists extra regions once', () => {
    const plan = inventoryPlan([session()], ['us-east-1', 'eu-west-1'], new Map());
    expect(plan.accounts[0]?.regions.map(({ region }) => region)).toEqual(['eu-west-1', 'us-east-1']);
  });

  it('asks a role once, however many profiles name it', () => {
    const twin = profile('twin', 'ViewOnlyAccess', { region: 'eu-west-1' });
    const plan = inventoryPlan([session([viewer, twin])], [], new Map());
    expect(plan.accounts[0]?.regions.map(({ candidates }) => candidates.length)).toEqual([1, 1]);
  });

  it('leaves out who is not signed in, and profiles without an account', () => {
    const { accountId: _, ...nowhere } = viewer;
    expect(inventoryPlan([session([nowhere])], [], new Map()).accounts).toEqual([]);
    expect(inventoryPlan([{ ...session(), signIn: { kind: 'signedOut' } }], [], new Map()).accounts).toEqual(
      [],
    );
  });
});

describe('what to forward', () => {
  it.each([
    ['8080', { port: 8080 }],
    [' 22 ', { port: 22 }],
    [
      'mydb.example.us-east-1.rds.amazonaws.com:3306',
      { host: 'mydb.example.us-east-1.rds.amazonaws.com', port: 3306 },
    ],
    ['10.0.3.9:5432', { host: '10.0.3.9', port: 5432 }],
    ['[fd00::1]:443', { host: 'fd00::1', port: 443 }],
    ['db_1.internal:1', { host: 'db_1.internal', port: 1 }],
  ])('%s is understood', (text, value) => expect(parseForwardTo(l10n, text)).toEqual({ ok: true, value }));

  it.each([
    '',
    '0',
    '65536',
    '99999999',
    'host',
    'host:',
    ':80',
    'host:0',
    'a b:80',
    '-x.example:80',
    'http://x:80',
    'x:80/y',
  ])('“%s” is refused with a word of help', text => {
    const parsed = parseForwardTo(l10n, text);
    expect(parsed.ok).toBe(false);
    expect(!parsed.ok && parsed.message).toBeTruthy();
  });

  it.each([
    ['', 0],
    ['0', 0],
    ['13306', 13306],
  ])('the local port “%s” is %d', (text, value) =>
    expect(parseLocalPort(l10n, text)).toEqual({ ok: true, value }),
  );

  it.each(['-1', '70000', 'x'])('the local port “%s” is refused', text =>
    expect(parseLocalPort(l10n, text).ok).toBe(false),
  );

  it('chooses the document by whether a host is named', () => {
    expect(forwardDocument({ port: 80 }, 8080)).toEqual({
      documentName: 'AWS-StartPortForwardingSession',
      parameters: { portNumber: '80', localPortNumber: '8080' },
    });
    expect(forwardDocument({ host: 'db', port: 3306 }, 3306)).toEqual({
      documentName: 'AWS-StartPortForwardingSessionToRemoteHost',
      parameters: { host: 'db', portNumber: '3306', localPortNumber: '3306' },
    });
  });
});

describe('the terminal’s own lines', () => {
  it('cannot carry commands for the terminal', () => {
    expect(ownLine('bad \u001b]0;title\u0007 text\r\nmore')).toBe(
      '\r\u001b[0m\u001b[90m── bad  ]0;title  text more ──\u001b[0m\r\n',
    );
  });

  const ended = { roleLabel: 'FrontEnd SSH', kind: 'shell', atMs: NOW } as const;

  it('say the reason of the end, with the service’s words where it has any', () => {
    expect(closeText(l10n, { kind: 'service', message: 'Session: x timed out.' }, ended)).toBe(
      'Ended by AWS. Session: x timed out.',
    );
    const over = {
      kind: 'grant-ended',
      message: 'Ended: your FrontEnd SSH access ran out at 14:36.',
    } as const;
    expect(closeText(l10n, over, ended)).toBe(over.message);
  });
});

describe('the rows of requests and grants', () => {
  const row = (asked: Parameters<typeof request>[0], granted?: Parameters<typeof grant>[0]) =>
    accessRows(l10n, {
      requests: [request(asked)],
      grants: granted ? [grant(granted)] : [],
      canCancel: () => asked?.broker === 'aws' && asked.phase === undefined,
      now: NOW,
    })[0];

  it('can be prolonged and given back while active', () => {
    expect(row({ phase: 'approved' }, {})).toMatchObject({
      label: 'FrontEnd SSH',
      description: 'active, 29 min left',
      spoken: 'FrontEnd SSH, active, 29 minutes left',
      capabilities: ['access', 'show', 'grant', 'extend', 'giveBack', 'forward'],
    });
  });

  it('do not forward what opens shells only', () => {
    expect(row({ broker: 'aws', phase: 'approved' }, {})?.capabilities).not.toContain('forward');
  });

  it('say that a sign-in is missing, as the status bar does, and have it at hand', () => {
    const out = { phase: 'provisioning', lastProblemCode: 'signed-out', lastProblem: 'out' } as const;
    expect(row({ phase: 'approved' }, out)).toMatchObject({
      description: 'approved, but you are signed out of AWS',
      icon: { id: 'warning' },
      spoken: 'FrontEnd SSH, approved, but you are signed out of AWS',
      capabilities: ['access', 'show', 'grant', 'signIn', 'giveBack'],
    });
    const problem = (code: 'signed-out' | 'broker-signed-out' | 'network') =>
      row({ problem: { code, message: 'no', since: NOW } });
    expect(problem('signed-out')).toMatchObject({
      description: 'waiting; sign in to AWS to follow it',
      capabilities: ['access', 'show', 'pending', 'abandon', 'signIn'],
    });
    expect(problem('broker-signed-out')).toMatchObject({
      description: 'waiting; sign in to Sym to follow it',
      capabilities: ['access', 'show', 'pending', 'abandon', 'signInSym'],
    });
    expect(problem('network')).toMatchObject({
      description: 'waiting; cannot be followed now',
      capabilities: ['access', 'show', 'pending', 'abandon'],
    });
  });

  it('wait with the time they have waited', () => {
    expect(row({})).toMatchObject({
      description: 'waiting for approval, 3 min',
      capabilities: ['access', 'show', 'pending'],
    });
  });

  it('can be taken off the list only when over', () => {
    expect(row({ phase: 'denied' })?.capabilities).toContain('dismiss');
    expect(
      row({ phase: 'approved' }, { phase: 'ended', endReason: 'given-back', endedAt: NOW })?.capabilities,
    ).toContain('dismiss');
    expect(row({ phase: 'approved' }, {})?.capabilities).not.toContain('dismiss');
    expect(row({})?.capabilities).not.toContain('dismiss');
  });

  it('can be asked for again when over, and taken back while the broker lets it', () => {
    expect(row({ phase: 'denied' })?.capabilities).toContain('again');
    expect(row({})?.capabilities).not.toContain('again');
    expect(row({})?.capabilities).not.toContain('cancel');
    expect(row({ broker: 'aws' })?.capabilities).toContain('cancel');
  });

  it('say break-glass by word and picture as long as it is in force', () => {
    expect(row({ phase: 'approved', breakGlass: true }, { breakGlass: true })).toMatchObject({
      description: 'break-glass · active, 29 min left',
      icon: { id: 'flame' },
      spoken: 'FrontEnd SSH, break-glass access, active, 29 minutes left',
    });
  });

  it('tell a refusal by a rule from a failure', () => {
    const steps = [...request().steps, { phase: 'failed' as const, at: NOW, message: 'Too short.' }];
    const refused = { phase: 'failed', steps, rawStatus: 'requested' } as const;
    expect(row(refused)?.description).toBe('refused: Too short.');
    expect(row({ ...refused, rawStatus: 'errored' })?.description).toBe('failed: Too short.');
    expect(row({ ...refused, broker: 'aws' })?.description).toBe('failed: Too short.');
  });
});

describe('the rows beside requests', () => {
  const emergency = request({ phase: 'approved', breakGlass: true });
  const ended = grant({ breakGlass: true, phase: 'ended', endReason: 'given-back', endedAt: NOW });
  const due = reviewed(undefined, emergency, ended);

  it('hold the reviews that are due, and no others', () => {
    const running = reviewed(undefined, emergency, grant({ breakGlass: true }));
    const closed = { ...due, closedAt: NOW, note: 'done' };
    expect(reviewRows(l10n, [running, closed])).toEqual([]);
    expect(reviewRows(l10n, [due])).toMatchObject([
      {
        label: 'Review: FrontEnd SSH',
        capabilities: ['review'],
        subject: { kind: 'access', requestId: due.requestId },
        command: { id: 'jitAccess.review.complete' },
      },
    ]);
  });

  it('hold the favourites, each with what is in it', () => {
    const content = {
      flowId: flow.id,
      targetId: frontEnd.id,
      values: { reason: 'logs', duration: '1h' },
      whenActive: 'nothing' as const,
      forward: '',
      localPort: '',
    };
    expect(favouriteRows(l10n, [], [flow])).toEqual([]);
    const [group] = favouriteRows(l10n, [{ name: 'nightly', content }], [flow]);
    expect(group?.children?.()).toMatchObject([
      { label: 'nightly', description: 'FrontEnd SSH · 1 h · logs', capabilities: ['favourite'] },
    ]);
  });

  it('tell the sessions of an emergency, for whoever reads the review', () => {
    const at = new Date(2026, 10, 23, 14, 5).getTime();
    const item = {
      ...due,
      endedAt: at + 30 * MINUTE,
      note: 'Restarted it.',
      sessions: [
        {
          id: 's-1',
          kind: 'shell' as const,
          instanceId: 'i-1',
          instanceName: 'web-1',
          startedAt: at,
          endedAt: at + 5 * MINUTE,
        },
        {
          id: 's-2',
          kind: 'forward' as const,
          instanceId: 'i-1',
          instanceName: 'web-1',
          leadsTo: 'db:3306',
          startedAt: at,
        },
      ],
    };
    const text = reviewMarkdown(l10n, item);
    expect(text).toContain('## Review of break-glass access: FrontEnd SSH');
    expect(text).toContain('- **Sessions**: web-1, shell, 14:05–14:10; web-1, forward to db:3306, 14:05');
    expect(text).toContain('- **Ended**: 2026-11-23 14:35, given back');
    expect(text).toContain('Restarted it.');
  });
});

describe('what a command was run on', () => {
  it('is read from a row', () => {
    expect(instanceKeyOf({ subject: { kind: 'instance', instance: web1 } })).toBe(
      `${ACCOUNT}/us-east-1/${web1.id}`,
    );
    expect(requestIdOf({ subject: { kind: 'access', requestId: 'r' } })).toBe('r');
    expect(sessionIdOf({ subject: { kind: 'session', sessionId: 's' } })).toBe('s');
    expect(ssoSessionKeyOf({ subject: { kind: 'session', session: { session: ssoSession } } })).toBe('myco');
  });

  it('is read from a plain object', () => {
    expect(instanceKeyOf({ instanceKey: 'a/b/c' })).toBe('a/b/c');
    expect(requestIdOf({ requestId: 'r' })).toBe('r');
    expect(targetOf({ flowId: 'f', targetId: 't' })).toEqual({ flowId: 'f', targetId: 't' });
  });

  it.each([
    undefined,
    null,
    'text',
    5,
    {},
    { subject: 5 },
    { subject: { kind: 'instance', instance: { id: 1 } } },
    { instanceKey: 5 },
  ])('is nothing when it is %j', argument => {
    expect(instanceKeyOf(argument)).toBeUndefined();
    expect(requestIdOf(argument)).toBeUndefined();
    expect(targetOf(argument)).toBeUndefined();
  });
});
