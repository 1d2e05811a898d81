/** The temporary home a workbench runs in: settings, a small workspace, nothing of the user's own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * @typedef {object} WorkbenchHome
 * @property {string} root everything below is in here
 * @property {string} home the `HOME` of editor, extension host and terminals
 * @property {string} userData
 * @property {string} extensions
 * @property {string} workspace
 * @property {() => void} remove
 */

/** A workbench that shows nothing but what is being looked at. */
export const QUIET_SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.reduceMotion': 'on',
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'update.showReleaseNotes': false,
  'chat.disableAIFeatures': true,
  'git.enabled': false,
  'security.workspace.trust.enabled': true,
  // The text of a terminal is in the DOM only when it is not painted by the GPU.
  'terminal.integrated.gpuAcceleration': 'off',
  'terminal.integrated.enablePersistentSessions': false,
};

/** How the pretend organisation's ways to ask are described to the extension: by Sym, by AWS itself, and by Sym in an emergency. */
export const SANDBOX_SETTINGS = {
  'jitAccess.flows': [
    {
      broker: 'sym',
      id: 'acme:flow:aws_sso:latest',
      label: 'AWS SSO Access',
      approvers: '#sym-requests',
      targets: [
        {
          id: 'acme:access_target:aws_sso_permission_set:frontend-ssh:latest',
          label: 'FrontEnd SSH',
          accountId: '123456789012',
          permissionSet: 'FrontEndSSHAccess',
          instanceTags: { Department: 'FrontEnd' },
          sessionDuration: '2h',
        },
        {
          id: 'acme:access_target:aws_sso_permission_set:backend-ssh:latest',
          label: 'BackEnd SSH',
          accountId: '123456789012',
          permissionSet: 'BackEndSSHAccess',
          instanceTags: { Department: 'BackEnd' },
          sessionDuration: '2h',
        },
      ],
      fields: [
        { name: 'reason', label: 'Why do you need access?', type: 'string' },
        { name: 'duration', label: 'How long', type: 'duration', allowedValues: ['30m', '1h'] },
      ],
    },
    {
      broker: 'aws',
      id: 'node-access',
      label: 'AWS node access',
      approvers: 'myco-prod',
      targets: [
        {
          id: 'backend-nodes',
          label: 'BackEnd nodes',
          accountId: '123456789012',
          requestAs: 'NodeAccessRequester',
          approveAs: 'NodeAccessApprover',
          instanceTags: { Department: 'BackEnd' },
        },
        {
          id: 'dev-nodes',
          label: 'Development nodes',
          accountId: '210987654321',
          requestAs: 'NodeAccessRequester',
          approveAs: 'NodeAccessApprover',
        },
      ],
      fields: [{ name: 'reason', label: 'Why do you need access?', type: 'string' }],
    },
    {
      broker: 'sym',
      id: 'acme:flow:break_glass:latest',
      label: 'Break-glass',
      approvers: '#sym-emergencies',
      breakGlass: true,
      targets: [
        {
          id: 'acme:access_target:aws_sso_permission_set:frontend-emergency:latest',
          label: 'FrontEnd emergency',
          accountId: '123456789012',
          permissionSet: 'FrontEndSSHAccess',
          instanceTags: { Department: 'FrontEnd' },
        },
      ],
      fields: [
        { name: 'reason', label: 'What is on fire?', type: 'string' },
        { name: 'incident', label: 'Incident', type: 'string', required: false },
        { name: 'duration', label: 'How long', type: 'duration', allowedValues: ['15m', '30m'] },
      ],
    },
  ],
};

/** For an organisation of many accounts: each has machines in these, and a profile names only one of them. */
export const FLEET_SETTINGS = { 'jitAccess.regions': ['us-east-1', 'eu-west-1', 'us-west-2'] };

/** @param {string} approvals the page that plays the chat channel, as Markdown */
const workspaceReadme = approvals => `# A small workspace

The sidebar **JIT Access** (the servers with a clock, at the left) lists the instances of a pretend AWS organisation that runs on this machine.

1. Sign in: the code is shown, the confirmation page opens in the browser.
2. Right-click \`web-1\`: *Request Access…*, say why, send.
3. Approve on ${approvals}.
4. When the status bar counts down: open a shell, or forward a port.

The same by AWS alone, without Sym: request \`dev-web-1\` (a policy approves it at once) or \`backend-1\` as *BackEnd nodes* (a colleague
approves it). The view *Approvals* is the colleague's side: to play her, sign out and sign in again as Ana Okafor.

In an emergency: request \`web-1\`, *Choose another target*, *FrontEnd emergency*. It is loud, and leaves a review to be written.

Nothing here reaches AWS or Sym, and all of it is gone when \`npm start\` ends.
`;

/**
 * @param {{ settings?: Record<string, unknown>, approvals?: string }} [options] settings beside the quiet ones; address of the approvals page
 * @returns {WorkbenchHome}
 */
export function createWorkbenchHome({ settings = {}, approvals } = {}) {
  const root = mkdtempSync(join(tmpdir(), 'jit-access-'));
  const home = join(root, 'home');
  const userData = join(root, 'user-data');
  const extensions = join(root, 'extensions');
  const workspace = join(root, 'workspace');
  for (const folder of [home, join(userData, 'User'), extensions, workspace])
    mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(userData, 'User', 'settings.json'),
    `${JSON.stringify({ ...QUIET_SETTINGS, ...settings }, undefined, 2)}\n`,
  );
  const page = approvals === undefined ? 'the approvals page' : `[the approvals page](${approvals})`;
  writeFileSync(join(workspace, 'README.md'), workspaceReadme(page));
  const remove = () => rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  // Also when whoever made it ends early.
  process.once('exit', remove);
  return {
    root,
    home,
    userData,
    extensions,
    workspace,
    remove: () => {
      process.off('exit', remove);
      remove();
    },
  };
}

/**
 * The environment of an editor that has nothing to do with the one this may have been started from.
 *
 * @param {WorkbenchHome} home
 * @param {NodeJS.ProcessEnv} [extra]
 * @returns {NodeJS.ProcessEnv}
 */
export function workbenchEnvironment(home, extra = {}) {
  /** @type {NodeJS.ProcessEnv} */
  const env = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (!/^(VSCODE_|ELECTRON_|npm_|AWS_|SYM_|NODE_OPTIONS$|VITEST|NODE_ENV$)/.test(name)) env[name] = value;
  }
  return { ...env, HOME: home.home, USERPROFILE: home.home, EXTENSIONS_GALLERY: '{}', ...extra };
}
