import { describe, expect, it } from 'vitest';
import type { Grant } from '../../../src/access/grant';
import type { AccessRequest, RequestPhase } from '../../../src/access/request';
import { reviewed } from '../../../src/access/reviewItem';
import { sourceLanguage as l10n } from '../../../src/ui/model/localizer';
import { requestFollowView, type FollowState } from '../../../src/ui/model/requests/requestFollowView';
import { grant, MINUTE, NOW, request, web1 } from './samples';

const follow = (asked: Partial<AccessRequest>, granted?: Partial<Grant>, more: Partial<FollowState> = {}) =>
  requestFollowView(l10n, {
    request: request(asked),
    grant: granted && grant(granted),
    instance: web1,
    canCancel: false,
    warnBeforeMs: 5 * MINUTE,
    ...more,
  });

const states = (view: ReturnType<typeof follow>) => view.steps.map(step => `${step.label}: ${step.state}`);

describe('the page after sending', () => {
  it('waits, with the approvers named and the step counting up', () => {
    const view = follow({});
    expect(view).toMatchObject({ headline: 'Waiting for approval', tone: 'waiting' });
    expect(states(view)).toEqual([
      'Asked: done',
      'Waiting for approvers in #sym-requests: current',
      'Approved: todo',
      'Being set up in AWS: todo',
      'Active: todo',
    ]);
    expect(view.steps[1]?.since).toBe(NOW - 3 * MINUTE);
    // The broker's clock starts there, and not when AWS has followed.
    expect(view.steps[2]?.detail).toBe('your 30 min count from here');
    expect(view.next).toContain('Your 30 min count from the approval, not from now.');
    expect(view.steps[1]?.at).toBeDefined();
    expect(view.actions.map(action => action.id)).toEqual(['copyMessage']);
  });

  it('does not take approval for access', () => {
    const view = follow({ phase: 'approved' }, { phase: 'provisioning', attempts: 3 });
    expect(states(view)[3]).toBe('Being set up in AWS: current');
    expect(view.steps[3]?.detail).toBe('asked AWS 3 times, not usable yet');
    expect(view.countdown).toBeUndefined();
    expect(view.actions.map(action => action.id)).toEqual(['giveBack']);
  });

  it('counts down while active and offers what can be done', () => {
    const view = follow({ phase: 'approved' }, {});
    expect(view.tone).toBe('active');
    expect(view.countdown?.endsAt).toBe(NOW + 29 * MINUTE);
    expect(states(view)).toEqual(
      ['Asked', 'Waiting for approvers in #sym-requests', 'Approved', 'Being set up in AWS', 'Active'].map(
        label => `${label}: done`,
      ),
    );
    expect(view.actions.map(action => action.id)).toEqual(['connect', 'forward', 'extend', 'giveBack']);
  });

  it('says what bounds an end that is not the grant’s own', () => {
    const view = follow({ phase: 'approved' }, { boundBy: 'permission-set-session' });
    expect(view.countdown?.note).toContain('bound by the longest session its permission set allows');
  });

  it.each<[RequestPhase, string]>([
    ['denied', 'Denied'],
    ['expired', 'Nobody approved in time'],
    ['cancelled', 'Cancelled'],
    ['failed', 'Refused by a rule of the flow'],
  ])('ends on %s with the words that were given, and offers to ask again', (phase, headline) => {
    const steps = [...request().steps, { phase, at: NOW, message: 'Ask after the freeze.' }];
    const view = follow({ phase, steps, rawStatus: 'requested' });
    expect(view).toMatchObject({ headline, quote: 'Ask after the freeze.' });
    expect(view.next).toBeDefined();
    const state = phase === 'cancelled' ? 'done' : 'bad';
    expect(view.steps.at(-1)).toMatchObject({ state, detail: 'Ask after the freeze.' });
    expect(view.actions[0]?.id).toBe('requestAgain');
    // Nothing that did not happen is shown as if it had.
    expect(view.steps.some(step => step.label === 'Active')).toBe(false);
  });

  it('shows an unknown status as unknown, in the broker’s word', () => {
    const view = follow({ phase: 'other', rawStatus: 'needs_second_look' });
    expect(view.headline).toBe('Sym reports “needs_second_look”');
    expect(view.steps[1]?.state).toBe('unknown');
    expect(view.actions.map(({ id }) => id)).toEqual(['copyMessage', 'requestAgain', 'showLog']);
  });

  it('says that it cannot be followed instead of pretending to wait', () => {
    const view = follow({ problem: { code: 'broker-signed-out', message: 'token expired', since: NOW } });
    expect(view.quote).toBe('token expired');
    expect(view.actions[0]?.id).toBe('setSymToken');
    const aws = { code: 'signed-out', message: 'signed out', since: NOW } as const;
    expect(follow({ broker: 'aws', problem: aws }).actions[0]?.id).toBe('signIn');
  });

  it('tells why a grant is over', () => {
    const view = follow({ phase: 'approved' }, { phase: 'ended', endReason: 'revoked', endedAt: NOW });
    expect(view.detail).toBe('Why: revoked. Sessions under it were ended too.');
    expect(view.steps.at(-1)?.label).toBe('Ended: revoked');
    expect(view.countdown).toBeUndefined();
  });

  it('shows a grant that could not be set up as failed at that step', () => {
    const view = follow(
      { phase: 'approved' },
      { phase: 'ended', endReason: 'provisioning-failed', endedAt: NOW, lastProblem: 'No access' },
    );
    expect(view.tone).toBe('bad');
    expect(states(view)).toEqual([
      'Asked: done',
      'Waiting for approvers in #sym-requests: done',
      'Approved: done',
      'Ended: could not be set up in AWS: bad',
    ]);
  });

  it('does not blame AWS where nobody was signed in to use it', () => {
    const over = { phase: 'ended', endReason: 'provisioning-failed', endedAt: NOW } as const;
    const view = follow(
      { phase: 'approved' },
      { ...over, lastProblemCode: 'signed-out', lastProblem: 'Nobody is signed in.' },
    );
    expect(view.detail).toBe('It was approved, but nobody was signed in to AWS before it ended.');
    expect(view.quote).toBeUndefined();
    const refused = follow({ phase: 'approved' }, { ...over, lastProblem: 'No access', endMessage: 'Gone' });
    expect(refused.quote).toBe('Gone');
  });

  it('does not call a failure on the way a rule of the flow', () => {
    const { brokerRef: _none, ...unsent } = request({ phase: 'failed' });
    const view = follow({ phase: 'failed', rawStatus: 'requested' });
    expect(follow({ phase: 'failed', rawStatus: 'errored' }).headline).toBe('The request failed');
    const failed = requestFollowView(l10n, {
      request: unsent,
      instance: web1,
      canCancel: false,
      warnBeforeMs: 0,
    });
    expect(failed.headline).toBe('The request failed');
    expect(failed.steps.map(({ label }) => label)).toEqual(['Asked', 'Failed']);
    expect(view.headline).toBe('Refused by a rule of the flow');
    // No approver ever saw it.
    expect(view.steps.map(({ label }) => label)).toEqual(['Asked', 'Refused by a rule of the flow']);
  });

  it('names whoever was asked', () => {
    expect(follow({ broker: 'aws', phase: 'other', rawStatus: 'Odd' }).headline).toBe('AWS reports “Odd”');
    expect(follow({ broker: 'aws' }).steps[0]?.detail).toBe('you, through AWS: run-1');
  });

  it('offers to take it back where the broker can, and says so where it cannot', () => {
    const open = follow({ broker: 'aws' }, undefined, { canCancel: true });
    expect(open.actions.map(({ id }) => id)).toEqual(['copyMessage', 'cancel']);
    expect(open.remark).toBeUndefined();
    expect(follow({}).remark).toContain('Sym has no way to take a request back.');
  });

  it('does not offer a forward where the access opens shells only', () => {
    const view = follow({ broker: 'aws', phase: 'approved' }, {});
    expect(view.actions.map(({ id }) => id)).toEqual(['connect', 'extend', 'giveBack']);
  });

  it('says what opens by itself, and has the request id to copy', () => {
    const facts = (asked: Partial<AccessRequest>) =>
      Object.fromEntries(follow(asked).facts.map(({ label, value }) => [label, value]));
    expect(facts({ whenActive: 'openShell' })['When active']).toBe('a shell on web-1 opens by itself');
    expect(
      facts({ whenActive: 'forwardPort', forward: { host: 'db', port: 3306, localPort: 13_306 } })[
        'When active'
      ],
    ).toBe('db:3306 is forwarded through web-1 to port 13306 by itself');
    expect(facts({})['When active']).toBeUndefined();
    expect(follow({}).facts.at(-1)).toMatchObject({ value: request().id, copy: { id: 'copyRequestId' } });
  });

  it('is loud about an emergency, and leads to its review', () => {
    const asked = request({ phase: 'approved', breakGlass: true });
    expect(follow(asked, {}).alarm).toBe('Break-glass access: it will be reviewed');
    const over: Partial<Grant> = { phase: 'ended', endReason: 'given-back', endedAt: NOW };
    const review = reviewed(undefined, asked, grant(over));
    const view = follow(asked, over, { review });
    expect(view.alarm).toBe('Break-glass access: its review is due');
    expect(view.actions.map(({ id }) => id)).toEqual(['review', 'requestAgain', 'showLog']);
    const done = follow(asked, over, { review: { ...review, closedAt: NOW, note: 'done' } });
    expect(done.alarm).toBe('Break-glass access: reviewed');
    expect(done.actions.map(({ id }) => id)).toEqual(['requestAgain', 'showLog']);
  });

  it('asks to sign in where that is what AWS waits for', () => {
    const view = follow({ phase: 'approved' }, { phase: 'provisioning', lastProblemCode: 'signed-out' });
    expect(view.headline).toBe('Approved, but you are signed out of AWS');
    expect(view.actions[0]?.id).toBe('signIn');
  });

  it('warns in its last minutes', () => {
    expect(follow({ phase: 'approved' }, {}).countdown?.soonAt).toBe(NOW + 24 * MINUTE);
  });
});
