import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock';
import { AppError } from '../../src/base/errors';
import { silentLog } from '../../src/base/log';
import { KeyRing } from '../../src/sandbox/kms/keyRing';
import type { CloseReason } from '../../src/ssm/closeReason';
import type { SessionControl } from '../../src/ssm/sessionControl';
import { ShellSession } from '../../src/ssm/shellSession';
import { webSocketTransport } from '../../src/ssm/webSocketTransport';
import { GatewayFixture } from '../sandbox/agent/support/gatewayFixture';
import { SandboxControl } from '../support/ssm/sandboxControl';

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555';
const deps = { connect: webSocketTransport({ env: {} }), clock: systemClock, log: silentLog };

describe('an encrypted session', () => {
  let fixture: GatewayFixture;
  afterEach(() => fixture.dispose());

  async function start(
    challenge: boolean,
    document: Parameters<GatewayFixture['createSession']>[0] = {},
    script: { readonly discardEarlyMessages?: number } = {},
  ) {
    const ring = new KeyRing([KEY]);
    const contexts: Readonly<Record<string, string>>[] = [];
    fixture = await GatewayFixture.start({
      agent: { decryptDataKey: (ciphertext, context) => ring.decrypt(ciphertext, context)?.plaintext },
    });
    fixture.faults.setNext({
      agent: { kms: { keyId: KEY, challenge, requireChallenge: challenge }, ...script },
    });
    const control = new SandboxControl(fixture, document);
    control.generateDataKey = async (keyId, context) => {
      contexts.push(context);
      return ring.generateDataKey(keyId, context, 64);
    };
    return { control, contexts };
  }

  function run(control: SessionControl) {
    const session = new ShellSession(control, deps);
    let text = '';
    let errors = '';
    const closed = new Promise<CloseReason>(resolve => session.onDidClose(resolve));
    session.onDidErrorOutput(data => (errors += Buffer.from(data).toString()));
    const until = (pattern: RegExp) =>
      new Promise<void>(resolve =>
        session.onDidOutput(data => {
          text += Buffer.from(data).toString();
          if (pattern.test(text)) resolve();
        }),
      );
    return { session, closed, until, text: () => text, errors: () => errors };
  }

  it.each([true, false])('carries a shell both ways (random challenge: %s)', async challenge => {
    const { control, contexts } = await start(challenge);
    const { session, until, text } = run(control);
    const seen = until(/sum-([0-9a-f]{64})/);
    await session.open({ cols: 80, rows: 24 });
    session.write("printf 'sum-'; printf secret | sha256sum\r");
    await seen;
    expect(text()).toContain(`sum-${createHash('sha256').update('secret').digest('hex')}`);
    expect(contexts).toHaveLength(1);
    expect(contexts[0]).toMatchObject({
      'aws:ssm:SessionId': control.ticket.sessionId,
      'aws:ssm:TargetId': control.targetId,
    });
    expect('aws:ssm:RandomChallenge' in contexts[0]!).toBe(challenge);
    await session.close({ kind: 'user' });
  });

  it('knows its size although the agent discards what comes right after the handshake', async () => {
    const { control } = await start(false, {}, { discardEarlyMessages: 1 });
    const { session, until, text } = run(control);
    const seen = until(/done-2/);
    await session.open({ cols: 97, rows: 31 });
    session.write('stty size; echo done-$((1+1))\r');
    await seen;
    expect(text()).toContain('31 97');
    await session.close({ kind: 'user' });
  });

  it('decrypts errors and exit status of a separated command', async () => {
    const { control } = await start(true, {
      name: 'AWS-StartNonInteractiveCommand',
      sessionType: 'NonInteractiveCommands',
      properties: { command: 'echo out; echo err >&2; exit 3', separateOutputStream: 'True' },
    });
    const { session, closed, until, text, errors } = run(control);
    void until(/never/);
    await session.open({ cols: 80, rows: 24 });
    expect(await closed).toMatchObject({ kind: 'remote-exit', exitCode: 3 });
    expect([text(), errors()]).toEqual(['out\n', 'err\n']);
  });

  it('that may not have its key names permission and key, and is terminated', async () => {
    const { control } = await start(true);
    control.generateDataKey = async () => {
      throw new AppError('access-denied', 'User: sam is not authorized to perform: kms:GenerateDataKey');
    };
    const { session, closed } = run(control);
    await expect(session.open({ cols: 80, rows: 24 })).rejects.toMatchObject({
      code: 'kms-denied',
      details: { action: 'kms:GenerateDataKey', resource: KEY },
    });
    expect(await closed).toMatchObject({ kind: 'start-failed' });
    expect(control.calls).toEqual(['terminate']);
  });

  it('cannot be had without a KMS client', async () => {
    const { control } = await start(false);
    delete control.generateDataKey;
    await expect(run(control).session.open({ cols: 80, rows: 24 })).rejects.toMatchObject({
      code: 'handshake-failed',
    });
  });
});
