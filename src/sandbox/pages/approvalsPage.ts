import { pageShell } from './pageShell';

/** A run as the page and the JSON back door show it. Times in epoch milliseconds. */
export interface RequestView {
  readonly runId: string;
  readonly status: string;
  readonly flow: string;
  readonly channel: string;
  readonly requester: string;
  readonly requesterName: string;
  readonly reason: string;
  readonly target: string;
  readonly account: string;
  readonly permissionSet: string;
  readonly durationSeconds: number;
  readonly requestedAt: number;
  readonly decidedBy?: string;
  readonly message?: string;
  readonly escalatedAt?: number;
  readonly endsAt?: number;
  readonly endedAt?: number;
}

/** The chat channel in which approvers answer. It follows the requests by server-sent events. */
export function approvalsPage(channel: string, approver: string): string {
  return pageShell({
    title: `${channel} - approvals`,
    style: STYLE,
    body: `<main>
      <header><div><h1><span class="hash">#</span>${channel.replace(/^#/, '')}</h1>
      <p class="soft">Access requests, answered as <b id="approver">${approver}</b></p></div>
      <p id="live" class="pill wait">Connecting</p></header>
      <ol id="requests" aria-live="polite"></ol>
      <p id="empty" class="card soft" hidden>No requests yet. They appear here the moment someone asks.</p>
    </main>`,
    script: `${SCRIPT}\nfollow(${JSON.stringify(approver)});`,
  });
}

const STYLE = `
header { display: flex; justify-content: space-between; align-items: flex-start; gap: 16px; margin-bottom: 20px; }
.hash { color: var(--soft); font-weight: 400; margin-right: 2px; }
ol { list-style: none; margin: 0; padding: 0; display: grid; gap: 14px; }
li { padding: 18px 20px; display: grid; grid-template-columns: 40px 1fr; gap: 4px 14px; }
.avatar { width: 40px; height: 40px; border-radius: 10px; display: grid; place-items: center; font-weight: 700; background: var(--accent); color: var(--accent-ink); }
.head { display: flex; justify-content: space-between; gap: 12px; align-items: baseline; flex-wrap: wrap; }
.who { font-weight: 700; }
.when { font-size: .85rem; font-weight: 400; color: var(--soft); margin-left: 6px; }
blockquote { margin: 8px 0 10px; padding: 2px 0 2px 12px; border-left: 3px solid var(--line); overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 14px; margin: 0 0 12px; font-size: .92rem; }
dt { color: var(--soft); } dd { margin: 0; }
.pill { font-size: .8rem; font-weight: 600; border-radius: 99px; padding: 2px 10px; white-space: nowrap; background: var(--ground); color: var(--soft); }
.pill.wait { background: var(--wait-ground); color: var(--wait); }
.pill.good { background: var(--good-ground); color: var(--good); }
.pill.bad { background: var(--bad-ground); color: var(--bad); }
.act { display: flex; gap: 8px; flex-wrap: wrap; }
.act input { font: inherit; flex: 1; min-width: 140px; padding: 7px 12px; border-radius: 8px; border: 1px solid var(--line); background: var(--ground); color: var(--ink); }
.said { font-size: .92rem; color: var(--soft); }
.said + .act:not(:empty) { margin-top: 10px; }
li.over .avatar { background: var(--line); color: var(--soft); }
li.over blockquote, li.over dd { color: var(--soft); }
#empty { padding: 28px; text-align: center; }
`;

/** Plain browser script: the page has no bundle of its own. All text goes through `textContent`. */
const SCRIPT = `
const LABELS = { requested: ['Waiting', 'wait'], approved: ['Approved', 'good'], escalated: ['Active', 'good'],
  denied: ['Denied', 'bad'], expired: ['Expired', ''], deescalated: ['Ended', ''] };
function el(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}
function span(seconds) {
  if (seconds < 60) return seconds + ' seconds';
  if (seconds < 3600) return Math.round(seconds / 60) + ' minutes';
  const hours = seconds / 3600;
  return hours + (hours === 1 ? ' hour' : ' hours');
}
function clock(at) { return new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' }); }
function button(label, className, onClick) {
  const node = el('button', className, label);
  node.type = 'button';
  node.addEventListener('click', onClick);
  return node;
}
async function press(request, verb, body, row) {
  for (const node of row.querySelectorAll('button')) node.disabled = true;
  const answer = await fetch('requests/' + request.runId + '/' + verb, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (answer.ok) return;
  const { message } = await answer.json();
  row.append(el('p', 'said', message));
  for (const node of row.querySelectorAll('button')) node.disabled = false;
}
function actions(request, approver) {
  const row = el('div', 'act');
  if (request.status === 'requested') {
    const reason = el('input');
    reason.placeholder = 'Reason, if you deny';
    reason.setAttribute('aria-label', 'Reason for denying');
    reason.name = 'reason';
    row.append(button('Approve', 'primary approve', () => press(request, 'approve', { by: approver }, row)),
      button('Deny', 'deny', () => press(request, 'deny', { by: approver, reason: reason.value }, row)), reason);
  } else if (request.status === 'escalated') {
    row.append(button('Revoke', 'revoke', () => press(request, 'revoke', { by: approver }, row)));
  }
  return row;
}
function outcome(request) {
  if (request.status === 'escalated') return 'Approved by ' + request.decidedBy + ', ends at ' + clock(request.endsAt) + '.';
  if (request.status === 'approved') return 'Approved by ' + request.decidedBy + ', being set up.';
  if (request.status === 'denied') return 'Denied by ' + request.decidedBy + ': ' + request.message;
  return request.message || '';
}
function card(request, approver) {
  const item = el('li', 'card');
  item.dataset.runId = request.runId;
  item.dataset.status = request.status;
  if (['denied', 'expired', 'deescalated'].includes(request.status)) item.classList.add('over');
  const initials = request.requesterName.split(' ').map(part => part[0]).join('').slice(0, 2);
  item.append(el('div', 'avatar', initials));
  const body = el('div');
  const head = el('div', 'head');
  const who = el('p', 'who', request.requesterName);
  who.append(el('span', 'when', clock(request.requestedAt)));
  const [label, tone] = LABELS[request.status] || [request.status, ''];
  head.append(who, el('span', 'pill ' + tone, label));
  const facts = el('dl');
  for (const [name, value] of [['Asks for', request.target + ' for ' + span(request.durationSeconds)],
    ['In', request.account + ' as ' + request.permissionSet], ['Flow', request.flow]]) {
    facts.append(el('dt', '', name), el('dd', '', value));
  }
  body.append(head, el('blockquote', '', request.reason), facts);
  const said = outcome(request);
  if (said) body.append(el('p', 'said', said));
  body.append(actions(request, approver));
  item.append(body);
  return item;
}
function follow(approver) {
  const list = document.getElementById('requests');
  const live = document.getElementById('live');
  const shown = new Map();
  const source = new EventSource('approvals/events');
  source.onopen = () => { live.textContent = 'Live'; live.className = 'pill good'; };
  source.onerror = () => { live.textContent = 'Disconnected'; live.className = 'pill bad'; };
  source.onmessage = event => {
    const requests = JSON.parse(event.data);
    document.getElementById('empty').hidden = requests.length > 0;
    const wanted = requests.map(request => {
      const text = JSON.stringify(request);
      const known = shown.get(request.runId);
      // A card that did not change stays as it is, with what is being typed into it.
      if (known && known.text === text) return known.node;
      const node = card(request, approver);
      shown.set(request.runId, { text, node });
      return node;
    });
    wanted.forEach((node, index) => { if (list.children[index] !== node) list.insertBefore(node, list.children[index] || null); });
    while (list.children.length > wanted.length) list.lastElementChild.remove();
  };
}`;
