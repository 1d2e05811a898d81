/** A whole page. `body` is HTML that the caller has escaped; `script` runs at its end. */
export function pageShell({
  title,
  body,
  style = '',
  script = '',
}: {
  title: string;
  body: string;
  style?: string;
  script?: string;
}): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%234f5bd5'/%3E%3Cpath d='M5 8.2l2.2 2.2L11.2 6' fill='none' stroke='white' stroke-width='1.8' stroke-linecap='round' stroke-linejoin='round'/%3E%3C/svg%3E">
<style>${BASE_STYLE}${style}</style>
</head>
<body>
${body}
<footer>Local sandbox: nothing here reaches a real AWS or Sym. <a href="/_sandbox/">What is here</a></footer>
${script === '' ? '' : `<script>${script}</script>`}
</body>
</html>
`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, letter => `&#${letter.charCodeAt(0)};`);
}

const BASE_STYLE = `
:root {
  --ground: #f5f6f8; --card: #fff; --ink: #1c2030; --soft: #5d6478; --line: #dfe2ea; --accent: #4450c8; --accent-ink: #fff;
  --good: #1a7f4b; --good-ground: #e3f5ea; --bad: #b3261e; --bad-ground: #fdeceb; --wait: #8a5a00; --wait-ground: #fdf1d9;
  --shadow: 0 1px 2px rgb(20 24 50 / 8%), 0 6px 20px rgb(20 24 50 / 6%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14161d; --card: #1e212b; --ink: #e8eaf2; --soft: #a0a7bb; --line: #323746; --accent: #8f9bff; --accent-ink: #14161d;
    --good: #6fd69c; --good-ground: #17352a; --bad: #ff9d96; --bad-ground: #3b1d20; --wait: #f2c572; --wait-ground: #392c13;
    --shadow: 0 1px 2px rgb(0 0 0 / 40%), 0 6px 20px rgb(0 0 0 / 30%);
  }
}
* { box-sizing: border-box; }
html { font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; background: var(--ground); color: var(--ink); }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; align-items: center; padding: 32px 16px 16px; }
main { width: 100%; max-width: 720px; flex: 1; }
h1 { font-size: 1.35rem; line-height: 1.25; margin: 0; letter-spacing: -.01em; }
p { margin: 0; }
a { color: var(--accent); }
code, .code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
.soft { color: var(--soft); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); }
button { font: inherit; font-weight: 600; border-radius: 8px; border: 1px solid var(--line); padding: 7px 16px; background: var(--card); color: var(--ink); cursor: pointer; }
button:hover { border-color: var(--soft); }
button:focus-visible, a:focus-visible, input:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
button.primary { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); }
button.primary:hover { filter: brightness(1.08); }
button:disabled { opacity: .5; cursor: default; }
footer { margin-top: 32px; font-size: .8rem; color: var(--soft); }
`;
