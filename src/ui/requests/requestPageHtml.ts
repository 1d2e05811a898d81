import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

const { l10n } = vscode;

/** The document of the request page: nothing is loaded but our own files, and no script runs but ours. */
export function pageHtml(webview: vscode.Webview, media: vscode.Uri): string {
  const nonce = randomBytes(16).toString('base64');
  const uri = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(media, file)).toString();
  const policy = [
    "default-src 'none'",
    `style-src ${webview.cspSource} 'nonce-${nonce}'`,
    // The resize corner of a text area is a data image of the widget's own style.
    'img-src data:',
    `font-src ${webview.cspSource}`,
    `script-src 'nonce-${nonce}'`,
  ].join('; ');
  const attribute = (text: string) => text.replace(/[&<>"']/g, char => `&#${char.charCodeAt(0)};`);
  return `<!DOCTYPE html>
<html lang="${attribute(vscode.env.language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
<link rel="stylesheet" id="vscode-codicon-stylesheet" nonce="${nonce}" href="${attribute(uri('codicon.css'))}">
<link rel="stylesheet" nonce="${nonce}" href="${attribute(uri('requestPanel.css'))}">
<title>${attribute(l10n.t('Request access'))}</title>
</head>
<body>
<main id="page"></main>
<div id="announcer" class="spoken-only" role="status" aria-live="polite"></div>
<script nonce="${nonce}" src="${attribute(uri('requestPanel.js'))}"></script>
</body>
</html>`;
}
