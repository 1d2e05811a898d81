import type { ErrorDetails } from '../../base/errors';
import type { Localizer } from './localizer';

/** Says what answered in place of a service, and what to do about it. `details` hold a `ForeignAnswer`. */
export function foreignAnswerText(l10n: Localizer, service: 'AWS' | 'Sym', details: ErrorDetails): string {
  const { answeredBy, title } = details;
  if (answeredBy === 'proxy') {
    return l10n.t(
      'A proxy on the way to {0} wants to know who you are. Give it your name and password in the proxy settings.',
      service,
    );
  }
  if (answeredBy === 'other') {
    return service === 'Sym'
      ? l10n.t('What answered does not read like Sym. Check its API URL, VPN and proxy.')
      : l10n.t('What answered does not read like AWS. Check VPN, proxy and endpoint settings.');
  }
  return title
    ? l10n.t(
        '“{0}” answered in place of {1}. If that is a guest network, open any web page to sign in there; else check VPN and proxy.',
        title,
        service,
      )
    : l10n.t(
        'A web page answered in place of {0}. If that is a guest network, open any web page to sign in there; else check VPN and proxy.',
        service,
      );
}
