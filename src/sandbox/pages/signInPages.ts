import type { Clock } from '../../base/clock';
import { OidcFault, readAuthorizationAsk } from '../operations/oidc';
import { header, html, json, redirect, type HttpCall, type HttpReply } from '../server/http';
import type { DeviceAuthorization, SsoTokens } from '../state/ssoTokens';
import { SAM, USERS, type User } from '../world/organization';
import { escapeHtml, pageShell } from './pageShell';

/**
 * What a person sees of Identity Center in the browser: the confirmation of a device's code, and the same question for the
 * authorization-code grant. Nobody types a password here: the browser counts as signed in.
 */
export class SignInPages {
  readonly #tokens: SsoTokens;
  readonly #clock: Clock;

  constructor({ tokens, clock }: { tokens: SsoTokens; clock: Clock }) {
    this.#tokens = tokens;
    this.#clock = clock;
  }

  handles({ url }: HttpCall): boolean {
    return url.pathname === '/device' || url.pathname === '/authorize';
  }

  handle(call: HttpCall): HttpReply {
    // By the browser's own word rather than `Origin`: a workbench in the browser shows this page through a proxy of its own.
    const site = header(call, 'sec-fetch-site');
    if (call.method === 'POST' && site !== undefined && site !== 'same-origin' && site !== 'none') {
      return json(403, { message: 'The confirmation must come from this page' });
    }
    if (call.method !== 'GET' && call.method !== 'POST') return json(405, { message: 'GET or POST' });
    return call.url.pathname === '/device' ? this.#device(call) : this.#authorize(call);
  }

  #device(call: HttpCall): HttpReply {
    const form = new URLSearchParams(call.method === 'POST' ? call.body.toString('utf8') : call.url.search);
    const userCode = form.get('user_code') ?? '';
    if (userCode === '') return html(200, askForCode());
    const device = this.#tokens.findDeviceByUserCode(userCode);
    if (device === undefined) return html(404, askForCode('That code is not known. Check it and try again.'));
    if (call.method === 'POST' && device.verdict.kind === 'waiting') {
      const user = userOf(form);
      const allow = form.get('decision') === 'allow';
      this.#tokens.decideDevice(
        userCode,
        allow ? { kind: 'confirmed', user: user.email } : { kind: 'denied' },
      );
    }
    const now = this.#tokens.findDeviceByUserCode(userCode) ?? device;
    return html(200, this.#deviceView(now));
  }

  #deviceView(device: DeviceAuthorization): string {
    if (device.verdict.kind === 'confirmed') {
      return result(
        'Signed in',
        `${device.clientName} is signed in as ${device.verdict.user}. You can close this tab.`,
        'good',
      );
    }
    if (device.verdict.kind === 'denied') {
      return result(
        'Sign-in denied',
        `${device.clientName} was not signed in. You can close this tab.`,
        'bad',
      );
    }
    if (device.expiresAt <= this.#clock.now()) {
      return result('Code expired', 'The code is too old. Start the sign-in again.', 'bad');
    }
    return question({
      // Relative, so that the page also works behind a reverse proxy that serves it under a prefix.
      action: 'device',
      clientName: device.clientName,
      hidden: { user_code: device.userCode },
      code: device.userCode,
    });
  }

  #authorize(call: HttpCall): HttpReply {
    const query = call.url.searchParams;
    try {
      const ask = readAuthorizationAsk(query, this.#tokens);
      if (call.method === 'GET') {
        return html(
          200,
          question({
            action: `authorize${call.url.search}`,
            clientName: ask.registration.clientName,
            hidden: {},
          }),
        );
      }
      const form = new URLSearchParams(call.body.toString('utf8'));
      const target = new URL(ask.redirectUri);
      target.searchParams.set('state', ask.state);
      if (form.get('decision') !== 'allow') {
        target.searchParams.set('error', 'access_denied');
        return redirect(target.href);
      }
      const { code } = this.#tokens.issueCode({
        clientId: ask.registration.clientId,
        redirectUri: ask.redirectUri,
        codeChallenge: ask.codeChallenge,
        user: userOf(form).email,
      });
      target.searchParams.set('code', code);
      return redirect(target.href);
    } catch (failure) {
      if (!(failure instanceof OidcFault)) throw failure;
      return html(failure.status, result('Cannot sign in', failure.message, 'bad'));
    }
  }
}

function userOf(form: URLSearchParams): User {
  return USERS.find(({ email }) => email === form.get('user')) ?? SAM;
}

function question(facts: {
  action: string;
  clientName: string;
  hidden: Readonly<Record<string, string>>;
  code?: string;
}): string {
  const hidden = Object.entries(facts.hidden)
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join('');
  const people = USERS.map(
    (user, index) =>
      `<label><input type="radio" name="user" value="${escapeHtml(user.email)}"${index === 0 ? ' checked' : ''}> ` +
      `<span><b>${escapeHtml(user.displayName)}</b> <span class="soft">${escapeHtml(user.email)}</span></span></label>`,
  ).join('');
  const code =
    facts.code === undefined
      ? ''
      : `<p class="soft">Go on only if your editor shows this code:</p>
         <p class="code user-code" aria-label="Code">${escapeHtml(facts.code)}</p>`;
  return pageShell({
    title: 'Confirm sign-in',
    style: STYLE,
    body: `<main><form class="card sheet" method="post" action="${escapeHtml(facts.action)}">
      <p class="org">myco <span class="soft">IAM Identity Center</span></p>
      <h1>Allow ${escapeHtml(facts.clientName)} to use your accounts?</h1>
      ${code}
      <fieldset><legend class="soft">Signed in to this browser as</legend>${people}</fieldset>
      ${hidden}
      <div class="row">
        <button name="decision" value="deny" id="deny">Deny</button>
        <button name="decision" value="allow" id="confirm" class="primary" autofocus>Confirm and continue</button>
      </div></form></main>`,
  });
}

function askForCode(problem?: string): string {
  const note = problem === undefined ? '' : `<p class="note bad" role="alert">${escapeHtml(problem)}</p>`;
  return pageShell({
    title: 'Enter the code',
    style: STYLE,
    body: `<main><form class="card sheet" method="get" action="device">
      <p class="org">myco <span class="soft">IAM Identity Center</span></p>
      <h1>Enter the code your editor shows</h1>${note}
      <input class="code entry" name="user_code" aria-label="Code" placeholder="ABCD-EFGH" autocomplete="off" autofocus required>
      <div class="row"><button class="primary">Next</button></div></form></main>`,
  });
}

function result(title: string, text: string, tone: 'good' | 'bad'): string {
  return pageShell({
    title,
    style: STYLE,
    body: `<main><section class="card sheet" role="status"><p class="org">myco <span class="soft">IAM Identity Center</span></p>
      <p class="badge ${tone}" aria-hidden="true">${tone === 'good' ? '✓' : '×'}</p>
      <h1>${escapeHtml(title)}</h1><p class="soft">${escapeHtml(text)}</p></section></main>`,
  });
}

const STYLE = `
main { display: grid; align-content: center; justify-items: center; }
.sheet { width: 100%; max-width: 440px; padding: 28px; display: grid; gap: 16px; }
.org { font-weight: 700; }
.org .soft { font-weight: 400; margin-left: 6px; padding-left: 10px; border-left: 1px solid var(--line); }
.user-code { font-size: 2rem; font-weight: 700; letter-spacing: .12em; text-align: center; padding: 14px; border: 1px dashed var(--line); border-radius: 10px; background: var(--ground); }
.entry { font-size: 1.4rem; letter-spacing: .1em; text-transform: uppercase; padding: 10px 14px; border: 1px solid var(--line); border-radius: 8px; background: var(--ground); color: var(--ink); width: 100%; }
fieldset { border: 0; margin: 0; padding: 0; display: grid; gap: 6px; }
legend { padding: 0 0 6px; }
label { display: flex; gap: 8px; align-items: baseline; }
.row { display: flex; justify-content: flex-end; gap: 8px; margin-top: 4px; }
.note { padding: 8px 12px; border-radius: 8px; background: var(--bad-ground); color: var(--bad); }
.badge { width: 40px; height: 40px; border-radius: 50%; display: grid; place-items: center; font-size: 1.3rem; font-weight: 700; }
.badge.good { background: var(--good-ground); color: var(--good); }
.badge.bad { background: var(--bad-ground); color: var(--bad); }
`;
