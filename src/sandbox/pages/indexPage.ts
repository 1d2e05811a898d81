import { escapeHtml, pageShell } from './pageShell';

export interface Door {
  readonly method: string;
  readonly path: string;
  readonly about: string;
}

/** What there is under `/_sandbox/`, and how the world stands. */
export function indexPage(facts: Readonly<Record<string, string>>, doors: readonly Door[]): string {
  const rows = doors
    .map(({ method, path, about }) => {
      const shown = `<code>${escapeHtml(path)}</code>`;
      const linked =
        method === 'GET' && !path.includes('{') ? `<a href="${escapeHtml(path)}">${shown}</a>` : shown;
      return `<tr><td class="soft">${method}</td><td>${linked}</td><td>${escapeHtml(about)}</td></tr>`;
    })
    .join('');
  const list = Object.entries(facts)
    .map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`)
    .join('');
  return pageShell({
    title: 'JIT Access sandbox',
    style: STYLE,
    body: `<main><h1>JIT Access sandbox</h1>
      <p class="soft lead">A pretend AWS and a pretend Sym on one port. People use the first two pages; tests use the rest.</p>
      <dl class="card">${list}</dl>
      <div class="card"><table><tbody>${rows}</tbody></table></div></main>`,
  });
}

const STYLE = `
main { max-width: 860px; display: grid; gap: 16px; align-content: start; }
.lead { margin-top: -8px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; padding: 16px 20px; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
td { padding: 8px 20px; vertical-align: top; border-top: 1px solid var(--line); }
tr:first-child td { border-top: 0; }
td:first-child { width: 1%; padding-right: 0; font-size: .8rem; }
td:nth-child(2) { white-space: nowrap; }
`;
