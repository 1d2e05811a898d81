import { SAM, USERS, type User } from '../world/organization';
import { escapeHtml, pageShell } from './pageShell';

/** What stands at the head of a sign-in page. */
export interface Organization {
  readonly name: string;
  readonly service: string;
}

/** Whom the person said to be. */
export function userOf(form: URLSearchParams): User {
  return USERS.find(({ email }) => email === form.get('user')) ?? SAM;
}

/** May this client act for whoever this browser counts as signed in as? */
export function question(facts: {
  action: string;
  clientName: string;
  hidden: Readonly<Record<string, string>>;
  code?: string;
  /** Who asks; Identity Center unless told. */
  org?: Organization;
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
      ${orgLine(facts.org)}
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

/** The device's code is to be typed. */
export function askForCode(problem?: string): string {
  const note = problem === undefined ? '' : `<p class="note bad" role="alert">${escapeHtml(problem)}</p>`;
  return pageShell({
    title: 'Enter the code',
    style: STYLE,
    body: `<main><form class="card sheet" method="get" action="device">
      ${orgLine()}
      <h1>Enter the code your editor shows</h1>${note}
      <input class="code entry" name="user_code" aria-label="Code" placeholder="ABCD-EFGH" autocomplete="off" autofocus required>
      <div class="row"><button class="primary">Next</button></div></form></main>`,
  });
}

/** How it came out. */
export function result(title: string, text: string, tone: 'good' | 'bad', org?: Organization): string {
  return pageShell({
    title,
    style: STYLE,
    body: `<main><section class="card sheet" role="status">${orgLine(org)}
      <p class="badge ${tone}" aria-hidden="true">${tone === 'good' ? '✓' : '×'}</p>
      <h1>${escapeHtml(title)}</h1><p class="soft">${escapeHtml(text)}</p></section></main>`,
  });
}

function orgLine({ name, service }: Organization = { name: 'myco', service: 'IAM Identity Center' }): string {
  return `<p class="org">${escapeHtml(name)} <span class="soft">${escapeHtml(service)}</span></p>`;
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
