import * as vscode from 'vscode';
import { isAppError } from '../../base/errors';
import type { Log } from '../../base/log';
import { instanceKey, instanceLabel, type Instance } from '../../access/instance';
import { findOfficialPlugin, type OfficialPlugin, type PluginCommand } from '../../ssm/officialPlugin';
import { PluginForward } from '../../ssm/pluginForward';
import type { PortForward } from '../../ssm/portForward';
import { ShellSession } from '../../ssm/shellSession';
import type { TransportFactory } from '../../ssm/transport';
import type { CallOptions } from '../../base/cancellation';
import { signalOf } from '../workbench/cancellationSignal';
import type { FailureReporter } from '../workbench/failureReporter';
import { bindForward, confirmOpenAddress } from './forwardBinding';
import { ForwardTerminal } from './forwardTerminal';
import { accessDeniedText } from '../model/accessDeniedText';
import { forwardDocument, isLoopback, type ForwardDocuments } from '../model/sessions/forwardAddress';
import type { ForwardTo } from '../model/sessions/liveSession';
import type { SessionRole } from '../model/sessions/roleChoice';
import { PluginShellTerminal } from './pluginShellTerminal';
import type { RecentForwards } from './recentForwards';
import { RoleChooser, type RoleChooserDeps } from './roleChooser';
import type { SessionHub } from './sessionHub';
import type { SessionStarter, StartedControl } from './sessionStarter';
import { ShellTerminal } from './shellTerminal';

const { l10n } = vscode;

/** The settings of sessions, read anew for each. */
export interface SessionSettings {
  readonly sessionEngine: 'native' | 'officialPlugin';
  readonly pluginPath: string;
  readonly bindAddress: string;
  readonly sessionDocuments: ForwardDocuments & {
    readonly shell: string;
    readonly shellParameters: Readonly<Record<string, string>>;
  };
  readonly lanes: number;
  readonly keepTerminalOpen: boolean;
}

export interface SessionOpenerDeps extends RoleChooserDeps {
  readonly starter: SessionStarter;
  readonly hub: SessionHub;
  readonly failures: FailureReporter;
  readonly recent: RecentForwards;
  readonly connect: TransportFactory;
  readonly settings: SessionSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

/** Opens shells and forwards: picks the role, starts the session, puts it into a terminal, explains what AWS refuses. */
export class SessionOpener {
  readonly #deps: SessionOpenerDeps;
  readonly #roles: RoleChooser;
  readonly #lifetime = new AbortController();
  readonly #openings = new Set<Promise<unknown>>();

  constructor(deps: SessionOpenerDeps) {
    this.#deps = deps;
    this.#roles = new RoleChooser(deps);
  }

  /** Gives up what is being opened. Resolves when nothing of it is left at AWS. */
  async close(): Promise<void> {
    this.#lifetime.abort();
    await Promise.allSettled([...this.#openings]);
  }

  /** Resolves with whether it was opened: a person may turn away, and what AWS refuses is told to them here. */
  async openShell(instance: Instance): Promise<boolean> {
    const role = await this.#roles.choose(instance, 'shell');
    if (!role) return false;
    const { shell, shellParameters } = this.#deps.settings.sessionDocuments;
    const documentName = shell || undefined;
    const input =
      documentName === undefined
        ? {}
        : {
            documentName,
            ...(Object.keys(shellParameters).length > 0 ? { parameters: shellParameters } : {}),
          };
    return await this.#explained(
      instance,
      role,
      documentName,
      () => this.openShell(instance),
      async options => {
        const { clock, log, connect, hub, settings, starter } = this.#deps;
        const plugin = await this.#findPlugin(options);
        const control = await starter.start(instance, role, input, options);
        const terminal = plugin
          ? new PluginShellTerminal({
              control,
              command: await handOver(control, plugin),
              instance,
              role,
              clock,
              log,
            })
          : new ShellTerminal({
              session: new ShellSession(control, { connect, clock, log }),
              sessionId: control.ticket.sessionId,
              instance,
              role,
              clock,
              explain: () => control.explainEnd(),
              keepOpen: () => settings.keepTerminalOpen,
            });
        hub.add(terminal);
        terminal.show();
      },
    );
  }

  /** `localPort` 0 takes any free one. The port is bound before a session exists, so that a taken port costs nothing. */
  async forwardPort(instance: Instance, to: ForwardTo, localPort: number): Promise<boolean> {
    const role = await this.#roles.choose(instance, 'forward');
    if (!role) return false;
    const { settings } = this.#deps;
    // The plugin listens on this computer only, whatever it is told.
    const host = settings.sessionEngine === 'officialPlugin' ? '127.0.0.1' : settings.bindAddress;
    if (!isLoopback(host) && !(await confirmOpenAddress(host))) return false;
    const retry = () =>
      vscode.commands.executeCommand('jitAccess.port.forward', { instanceKey: instanceKey(instance) });
    const forward = await bindForward({ host, port: localPort }, retry);
    if (!forward) return false;
    const { documentName, parameters } = forwardDocument(to, forward.localPort, settings.sessionDocuments);
    const opened = await this.#explained(instance, role, documentName, retry, async options => {
      const { clock, hub, recent, starter } = this.#deps;
      const input = { documentName, parameters };
      const plugin = await this.#findPlugin(options);
      const controls: StartedControl[] = [];
      const openControl = async () => {
        const control = await starter.start(instance, role, input, options);
        controls.push(control);
        return control;
      };
      const carried = plugin
        ? await this.#startPlugin(forward, plugin, openControl)
        : await this.#startNative(forward, openControl, options);
      const control = controls[0];
      const terminal = new ForwardTerminal({
        forward: carried,
        sessionId: control?.ticket.sessionId ?? `forward-${carried.localPort}`,
        to,
        instance,
        role,
        clock,
        explain: () => carried.explainEnd(),
        keepOpen: () => settings.keepTerminalOpen,
      });
      hub.add(terminal);
      terminal.show();
      recent.remember(instanceKey(instance), { to, localPort: carried.localPort });
    });
    if (!opened) forward.dispose();
    return opened;
  }

  async #startNative(
    forward: PortForward,
    openControl: () => Promise<StartedControl>,
    options: CallOptions,
  ): Promise<PortForward> {
    const { clock, log, connect, settings } = this.#deps;
    await forward.start(openControl, { connect, clock, log, lanes: settings.lanes }, options);
    return forward;
  }

  /** The plugin binds the port itself: ours, which kept it until now, is let go just before. */
  async #startPlugin(
    reserved: PortForward,
    plugin: OfficialPlugin,
    openControl: () => Promise<StartedControl>,
  ): Promise<PluginForward> {
    const { clock, log, env } = this.#deps;
    const { localPort } = reserved;
    const control = await openControl();
    const command = await handOver(control, plugin);
    await reserved.close({ kind: 'user' });
    return new PluginForward(control, command, { localPort, env, clock, log });
  }

  /** The official plugin if the settings ask for it. It is looked for before a session exists. */
  async #findPlugin(options: CallOptions): Promise<OfficialPlugin | undefined> {
    const { settings } = this.#deps;
    if (settings.sessionEngine !== 'officialPlugin') return undefined;
    return await findOfficialPlugin(settings.pluginPath || undefined, options);
  }

  /**
   * Runs an opening with quiet progress and says whether it came about. AWS's AccessDenied is told with what we know of grant and
   * instance.
   */
  async #explained(
    instance: Instance,
    role: SessionRole,
    documentName: string | undefined,
    retry: () => unknown,
    open: (options: CallOptions) => Promise<void>,
  ): Promise<boolean> {
    try {
      await vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Window,
          title: l10n.t('Connecting to {0}…', instanceLabel(instance)),
        },
        (_progress, token) =>
          this.#tracked(open({ signal: AbortSignal.any([signalOf(token), this.#lifetime.signal]) })),
      );
      return true;
    } catch (thrown) {
      const key = instanceKey(instance);
      const denied =
        isAppError(thrown, 'access-denied') &&
        accessDeniedText(l10n, thrown, {
          instance,
          flows: this.#deps.flows(),
          grant: role.grant,
          roleName: role.credentials.kind === 'role' ? role.credentials.role.roleName : undefined,
          documentName,
        });
      // Nobody waits for the answer to the notice: what was half open is let go at once.
      void this.#deps.failures.report(thrown, {
        instanceKey: key,
        retry,
        ...(denied ? { text: denied } : {}),
      });
      return false;
    }
  }

  async #tracked<T>(opening: Promise<T>): Promise<T> {
    this.#openings.add(opening);
    try {
      return await opening;
    } finally {
      this.#openings.delete(opening);
    }
  }
}

/** A session that cannot be handed over must not stay behind. */
async function handOver(control: StartedControl, plugin: OfficialPlugin): Promise<PluginCommand> {
  try {
    return await control.handOver(plugin);
  } catch (thrown) {
    await control.terminate();
    throw thrown;
  }
}
