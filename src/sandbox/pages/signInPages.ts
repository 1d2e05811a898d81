import type { Clock } from '../../base/clock';
import { OidcFault, readAuthorizationAsk } from '../operations/oidc';
import { header, html, json, redirect, type HttpCall, type HttpReply } from '../server/http';
import type { DeviceAuthorization, SsoTokens } from '../state/ssoTokens';
import { askForCode, question, result, userOf } from './signInSheets';

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
