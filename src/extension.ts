import { join } from 'node:path';
import * as vscode from 'vscode';
import type { JitAccessApi } from './api';
import { systemClock } from './base/clock';
import { Emitter } from './base/events';
import { DisposableStore } from './base/lifecycle';
import { Outbound } from './base/outbound';
import type { AccessBroker } from './access/broker';
import type { BrokerId } from './access/flow';
import { GrantLedger } from './access/ledger';
import { requesterRole } from './access/requesterRole';
import { RequestMemory } from './access/requestMemory';
import { ReviewBook } from './access/reviewBook';
import { AwsConfig } from './aws/awsConfig';
import { AwsClients } from './aws/clients';
import { InstanceDirectory } from './aws/instances';
import { ProfileCredentials } from './aws/profileCredentials';
import { ProfileImport } from './aws/profileImport';
import { NodeAccessApi } from './aws/nodeAccess/nodeAccessApi';
import { NodeAccessBroker } from './aws/nodeAccess/nodeAccessBroker';
import { NodeAccessCredentials } from './aws/nodeAccess/nodeAccessCredentials';
import { RoleCredentials } from './aws/roleCredentials';
import { SsoPortal } from './aws/ssoPortal';
import { SsoSignIn } from './aws/ssoSignIn';
import { SsoTokenCache } from './aws/ssoTokenCache';
import { LocalListener } from './ssm/localListener';
import { webSocketTransport } from './ssm/webSocketTransport';
import { SymBroker } from './sym/symBroker';
import { SymClient } from './sym/symClient';
import { AccessTree } from './ui/access/accessTree';
import { AfterApproval } from './ui/requests/afterApproval';
import { approverInbox } from './ui/access/approverInbox';
import { CommandRegistry } from './ui/workbench/commandRegistry';
import { registerAccessCommands } from './ui/commands/accessCommands';
import { filterLinkOpener, registerFindingCommands } from './ui/commands/findingCommands';
import { registerGeneralCommands } from './ui/commands/generalCommands';
import { registerInboxCommands } from './ui/commands/inboxCommands';
import { registerInstanceCommands } from './ui/commands/instanceCommands';
import { registerMfaCommand } from './ui/commands/mfaCommand';
import { registerProfileCommands } from './ui/commands/profileCommands';
import { registerReviewCommands } from './ui/commands/reviewCommands';
import { registerSessionCommands } from './ui/commands/sessionCommands';
import { registerSymCommands } from './ui/commands/symCommands';
import { ContextKeys } from './ui/workbench/contextKeys';
import { FailureReporter } from './ui/workbench/failureReporter';
import { FlowSettingsNotice } from './ui/access/flowSettingsNotice';
import { awsInventory } from './ui/instances/awsInventory';
import { composeFinding } from './ui/instances/finding';
import { grantProbe } from './ui/access/grantProbe';
import { InboxTree } from './ui/access/inboxTree';
import { IncomingLinks } from './ui/requests/incomingLinks';
import { pickInstance } from './ui/instances/instancePicker';
import { InstanceTree } from './ui/instances/instanceTree';
import { InventoryFile } from './ui/instances/inventoryFile';
import { LedgerRecheck } from './ui/access/ledgerRecheck';
import { GlobalLedgerStore } from './ui/access/ledgerStore';
import { MementoStore } from './ui/workbench/mementoStore';
import { forwardToText } from './ui/model/sessions/forwardAddress';
import { grantedRoles } from './ui/model/instances/grantedRoles';
import { OnceOnly } from './ui/model/access/onceOnly';
import { WindowNews } from './ui/model/access/windowNews';
import { Notifier } from './ui/access/notifier';
import { nodeAccessIdentity } from './ui/access/nodeAccessIdentity';
import { panelActions } from './ui/requests/panelActions';
import { networkAddresses } from './ui/workbench/networkAddresses';
import { RecentForwards } from './ui/sessions/recentForwards';
import { ProfileImportFlow } from './ui/signIn/profileImportFlow';
import { PublicApi } from './ui/publicApi';
import { RequestOpener } from './ui/requests/requestOpener';
import { RequestPanels } from './ui/requests/requestPanels';
import { ReviewNotes } from './ui/access/reviewNotes';
import { SessionBinding } from './ui/sessions/sessionBinding';
import { SessionHub } from './ui/sessions/sessionHub';
import { SessionOpener } from './ui/sessions/sessionOpener';
import { SessionStarter } from './ui/sessions/sessionStarter';
import { SessionTree } from './ui/sessions/sessionTree';
import { SessionWatch } from './ui/sessions/sessionWatch';
import { Settings } from './ui/workbench/settings';
import { offerSignInToSessions } from './ui/signIn/signInOffer';
import { SignInFlow } from './ui/signIn/signInFlow';
import { StatusBar } from './ui/access/statusBar';
import { SymConnection } from './ui/signIn/symConnection';
import { EndFinder } from './ui/sessions/endFinder';

/** How long closing the window waits for AWS to end the sessions that are open. */
const FAREWELL_MS = 3000;

/** Builds, wires, returns. Nothing is awaited, and nothing of AWS's SDK is loaded before somebody looks or asks. */
function compose(context: vscode.ExtensionContext): {
  readonly store: DisposableStore;
  readonly hub: SessionHub;
  readonly opener: SessionOpener;
  readonly api: JitAccessApi;
} {
  const store = new DisposableStore();
  const clock = systemClock;
  const env = process.env;
  const log = store.add(vscode.window.createOutputChannel('JIT Access', { log: true }));
  const { version } = context.extension.packageJSON as { readonly version: string };

  const settings = store.add(new Settings({ log }));
  store.add(new FlowSettingsNotice({ settings, log }));
  const keys = new ContextKeys();
  const failures = store.add(new FailureReporter({ log }));
  const commands = store.add(new CommandRegistry(failures));

  // AWS
  const outbound = store.add(new Outbound({ env, settings: () => settings.outbound }));
  const clients = store.add(
    new AwsClients({ env, log, clock, outbound, userAgent: `jit-access-ec2/${version}` }),
  );
  const config = store.add(new AwsConfig({ env, log }));
  const cache = store.add(new SsoTokenCache({ env, log }));
  const signIn = store.add(new SsoSignIn({ cache, clients, clock, log }));
  const roles = store.add(new RoleCredentials({ signIn, clients, clock, log }));
  const credentials = store.add(new ProfileCredentials({ config, roles, signIn, clients, clock, log }));
  const directory = new InstanceDirectory({ clients, log });
  const portal = new SsoPortal({ signIn, clients });

  // AWS's just-in-time node access, asked as whoever the settings name for the account
  const nodeAccessApi = new NodeAccessApi({
    clients,
    identity: async ({ accountId }) => {
      const found = requesterRole(settings.flows, (await config.load()).profiles, accountId);
      return nodeAccessIdentity(roles, found, accountId);
    },
  });
  const nodeAccess = new NodeAccessCredentials({ api: nodeAccessApi, clock });

  // Sym
  const sym = store.add(new SymConnection({ secrets: context.secrets, env, clock, log }));
  const symClient = new SymClient({ baseUrl: () => sym.baseUrl(), token: () => sym.token(), clock, log });

  // Requests and grants
  const ledger = store.add(
    new GrantLedger({
      brokers: new Map<BrokerId, AccessBroker>([
        ['sym', new SymBroker(symClient)],
        ['aws', new NodeAccessBroker({ api: nodeAccessApi, credentials: nodeAccess })],
      ]),
      flows: () => settings.flows,
      probe: grantProbe({ roles, profiles: async () => (await config.load()).profiles }),
      clock,
      store: store.add(new GlobalLedgerStore({ state: context.globalState, clock })),
      log,
      warnBeforeMs: () => settings.warnBeforeMs,
      serverOffsetMs: () => clients.clockOffsetMs ?? 0,
    }),
  );

  const memory = store.add(
    new RequestMemory(new MementoStore(context.globalState, 'requestMemory', clock), log),
  );
  const reviews = store.add(
    new ReviewBook({ ledger, store: new MementoStore(context.globalState, 'reviews', clock), clock, log }),
  );

  const inventory = store.add(
    awsInventory({
      config,
      signIn,
      credentials,
      directory,
      portal,
      extraRegions: () => settings.regions,
      homeRegion: env.AWS_REGION || env.AWS_DEFAULT_REGION,
      grantedRoles: () => grantedRoles(settings.flows, ledger.grants),
      store: new InventoryFile({ path: join(context.globalStorageUri.fsPath, 'inventory.ndjson'), log }),
      clock,
      log,
    }),
  );

  const inbox = store.add(approverInbox({ settings, config, clients, roles, inventory, clock, log }));

  // Sessions
  const hub = store.add(new SessionHub({ log }));
  const binding = store.add(new SessionBinding({ hub, ledger, clock }));
  store.add(new ReviewNotes({ hub, reviews, clock }));
  const ends: EndFinder = new EndFinder({
    clients,
    credentialsOf: (role, instance) => starter.credentialsOf(role, instance),
    credentials,
    inventory,
    log,
  });
  const starter = new SessionStarter({
    roles,
    nodeAccess,
    clients,
    ledger,
    clock,
    log,
    grantEnd: requestId => binding.endOf(requestId),
    ends,
  });
  const recent = new RecentForwards(new MementoStore(context.globalState, 'jitAccess.recentForwards', clock));
  const opener = new SessionOpener({
    inventory,
    ledger,
    flows: () => settings.flows,
    starter,
    hub,
    failures,
    recent,
    connect: webSocketTransport({ outbound }),
    settings,
    env,
    clock,
    log,
  });

  store.add(
    new SessionWatch({
      hub,
      onDidSignIn: signIn.onDidChange,
      addresses: networkAddresses,
      targetEnd: ({ instance, role }) => ends.ofTarget(instance, role),
      offerSignIn: offerSignInToSessions,
      clock,
      log,
    }),
  );

  // What a person sees
  const flows = () => settings.flows;
  const finding = composeFinding({ store, states: context, inventory, hub, ledger, flows, clock });
  const stale = store.add(new Emitter<void>());
  for (const source of [config.onDidChange, signIn.onDidChange, settings.onDidChangeListings]) {
    store.add(
      source(() => {
        inventory.invalidate();
        stale.fire();
      }),
    );
  }
  store.add(
    new InstanceTree({
      inventory,
      ledger,
      finding,
      keys,
      clock,
      log,
      onDidBecomeStale: stale.event,
    }),
  );
  store.add(new AccessTree({ ledger, reviews, memory, flows: () => settings.flows, clock }));
  store.add(
    new InboxTree({
      inbox,
      findInstance: key => inventory.find(key),
      isOwn: id => ledger.requests.some(({ brokerRef }) => brokerRef?.runId === id),
      keys,
      clock,
      onDidChangeInstances: inventory.onDidChange,
      onDidBecomeStale: stale.event,
    }),
  );
  store.add(new SessionTree({ hub, clock }));
  store.add(new StatusBar({ ledger, clock, warnBeforeMs: () => settings.warnBeforeMs }));
  const news = store.add(
    new WindowNews({
      ledger,
      once: new OnceOnly({ folder: join(context.globalStorageUri.fsPath, 'told'), log }),
      isFocused: () => vscode.window.state.focused,
      clock,
    }),
  );
  store.add(new Notifier({ news, clock }));
  store.add(new AfterApproval({ news, inventory, opener, failures }));
  // Where only AWS is asked, nothing of Sym is missing.
  const brokerState = () => (settings.flows.some(({ broker }) => broker === 'sym') ? sym.state : 'ready');
  const picking = { ...finding, inventory, clock };
  const panels = store.add(
    new RequestPanels({
      extensionUri: context.extensionUri,
      ledger,
      memory,
      flows: () => settings.flows,
      broker: brokerState,
      findInstance: key => inventory.find(key),
      chooseInstance: () => pickInstance(picking, vscode.l10n.t('Request Access to Which Instance?')),
      forwardsOf: key => recent.of(key).map(({ to }) => forwardToText(to)),
      review: requestId => reviews.find(requestId),
      warnBeforeMs: () => settings.warnBeforeMs,
      act: panelActions({ memory, flows: () => settings.flows }),
      clock,
      log,
    }),
  );
  for (const source of [inventory.onDidChange, memory.onDidChange, reviews.onDidChange]) {
    store.add(source(() => panels.refresh()));
  }

  const requests = new RequestOpener({ panels, inventory, flows: () => settings.flows });
  store.add(new IncomingLinks({ opener: requests, openFilter: filterLinkOpener(finding), failures }));
  const api = new PublicApi({ ledger, opener, requests, inventory });

  const showSetup = () => {
    keys.set('jitAccess.flows', settings.flows.length > 0 ? 'some' : 'none');
    keys.set('jitAccess.broker', brokerState());
    panels.refresh();
  };
  store.add(sym.onDidChange(showSetup));
  store.add(settings.onDidChange(showSetup));
  // A new token, sign-in or setting may answer what could not be asked before.
  const sources = [sym.onDidChange, signIn.onDidChange, settings.onDidChange];
  store.add(new LedgerRecheck({ ledger, sources, clock, log }));

  // In the window of a remote host too, VS Code for the desktop may run the extension beside the browser.
  const reachesLoopback =
    vscode.env.uiKind === vscode.UIKind.Desktop &&
    context.extension.extensionKind === vscode.ExtensionKind.UI;
  const signInFlow = new SignInFlow({
    signIn,
    preference: () => settings.signInPreference,
    reachesLoopback,
  });
  const profileImport = new ProfileImport({ config, clock });
  const importFlow = store.add(
    new ProfileImportFlow({ config, signIn, flow: signInFlow, portal, profileImport, failures }),
  );
  registerProfileCommands(commands, { inventory, signIn, flow: signInFlow, importFlow });
  registerMfaCommand(commands, credentials);
  registerInstanceCommands(commands, { ...finding, inventory, failures, clock });
  registerFindingCommands(commands, { ...finding, inventory, extensionId: context.extension.id });
  registerAccessCommands(commands, {
    ledger,
    panels,
    inventory,
    opener: requests,
    memory,
    flows: () => settings.flows,
    hub,
    clock,
  });
  registerReviewCommands(commands, reviews);
  registerInboxCommands(commands, { inbox, inventory, failures });
  registerSessionCommands(commands, {
    opener,
    hub,
    inventory,
    search: finding.search,
    ledger,
    context: finding.context,
    recent,
    freePort: port => LocalListener.freePort({ host: settings.bindAddress, port }),
    clock,
  });
  registerSymCommands(commands, {
    sym,
    clock,
    reachesLoopback: () => reachesLoopback || settings.signInPreference === 'browser',
  });
  registerGeneralCommands(commands, { extensionId: context.extension.id, log, keys });

  showSetup();
  ledger.start();
  inventory.prepare();
  config.watch();
  cache.watch();
  sym.watch();
  void sym.check();

  return { store, hub, opener, api };
}

/** One activation of the extension. VS Code calls `deactivate` without a word of what `activate` made, so it is remembered here. */
class Activation {
  #parts: ReturnType<typeof compose> | undefined;

  readonly start = (context: vscode.ExtensionContext): JitAccessApi => {
    this.#parts = compose(context);
    return this.#parts.api;
  };

  /** Ends what is open at AWS too, as far as the window's closing gives time for it. */
  readonly end = async (): Promise<void> => {
    const parts = this.#parts;
    this.#parts = undefined;
    if (!parts) return;
    const farewell = new Promise<void>(resolve => setTimeout(resolve, FAREWELL_MS));
    await Promise.race([Promise.all([parts.opener.close(), parts.hub.endAll({ kind: 'user' })]), farewell]);
    parts.store.dispose();
  };
}

const activation = new Activation();
export const activate = activation.start;
export const deactivate = activation.end;
