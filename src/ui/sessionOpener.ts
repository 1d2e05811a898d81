import * as vscode from 'vscode';
import type { Clock } from '../base/clock';
import { AppError, isAppError } from '../base/errors';
import type { Log } from '../base/log';
import { instanceKey, instanceLabel, type Instance } from '../access/instance';
import type { Flow } from '../access/flow';
import type { GrantLedger } from '../access/ledger';
import { PortForward } from '../ssm/portForward';
import { ShellSession } from '../ssm/shellSession';
import type { SessionControl } from '../ssm/sessionControl';
import type { TransportFactory } from '../ssm/transport';
import type { CallOptions } from '../base/cancellation';
import { signalOf } from './cancellationSignal';
import type { FailureReporter } from './failureReporter';
import { ForwardTerminal } from './forwardTerminal';
import { accessDeniedText } from './model/accessDeniedText';
import { forwardDocument } from './model/forwardAddress';
import type { Inventory } from './model/inventory';
import type { ForwardTo } from './model/liveSession';
import { chooseRole, type SessionRole } from './model/roleChoice';
import type { SessionHub } from './sessionHub';
import type { SessionStarter } from './sessionStarter';
import { ShellTerminal } from './shellTerminal';

const { l10n } = vscode;

export interface SessionOpenerDeps {
  readonly inventory: Inventory;
  readonly ledger: GrantLedger;
  readonly flows: () => readonly Flow[];
  readonly starter: SessionStarter;
  readonly hub: SessionHub;
  readonly failures: FailureReporter;
  readonly connect: () => TransportFactory;
  readonly lanes: () => number;
  readonly keepTerminalOpen: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** Opens shells and forwards: picks the role, starts the session, puts it into a terminal, explains what AWS refuses. */
export class SessionOpener {
  readonly #deps: SessionOpenerDeps;

  constructor(deps: SessionOpenerDeps) {
    this.#deps = deps;
  }

  async openShell(instance: Instance): Promise<void> {
    const role = await this.#chooseRole(instance, 'shell');
    if (!role) return;
    await this.#explained(
      instance,
      role,
      undefined,
      () => this.openShell(instance),
      async options => {
        const { clock, log, connect, hub, keepTerminalOpen } = this.#deps;
        const control = await this.#deps.starter.start(instance, role, {}, options);
        const terminal = new ShellTerminal({
          session: new ShellSession(control, { connect: connect(), clock, log }),
          sessionId: control.ticket.sessionId,
          instance,
          role,
          clock,
          keepOpen: keepTerminalOpen,
        });
        hub.add(terminal);
        terminal.show();
      },
    );
  }

  /** `localPort` 0 takes any free one. The port is bound before a session exists, so that a taken port costs nothing. */
  async forwardPort(instance: Instance, to: ForwardTo, localPort: number): Promise<void> {
    const role = await this.#chooseRole(instance, 'forward');
    if (!role) return;
    const retry = () =>
      vscode.commands.executeCommand('jitAccess.port.forward', { instanceKey: instanceKey(instance) });
    const forward = await PortForward.listen({ host: '127.0.0.1', port: localPort });
    const { documentName, parameters } = forwardDocument(to, forward.localPort);
    const opened = await this.#explained(instance, role, documentName, retry, async options => {
      const { clock, log, connect, hub, lanes, keepTerminalOpen } = this.#deps;
      const controls: SessionControl[] = [];
      const openControl = async () => {
        const control = await this.#deps.starter.start(instance, role, { documentName, parameters }, options);
        controls.push(control);
        return control;
      };
      await forward.start(openControl, { connect: connect(), clock, log, lanes: lanes() }, options);
      const terminal = new ForwardTerminal({
        forward,
        sessionId: controls[0]?.ticket.sessionId ?? `forward-${forward.localPort}`,
        to,
        instance,
        role,
        clock,
        keepOpen: keepTerminalOpen,
      });
      hub.add(terminal);
      terminal.show();
    });
    if (!opened) forward.dispose();
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
        (_progress, token) => open({ signal: signalOf(token) }),
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

  /** Undefined when the person chose to ask for access instead, or turned away. */
  async #chooseRole(instance: Instance, purpose: 'shell' | 'forward'): Promise<SessionRole | undefined> {
    const { inventory, ledger, flows, clock } = this.#deps;
    const choice = chooseRole(instance, {
      flows: flows(),
      grants: ledger.grants,
      profiles: inventory.snapshot.config?.profiles ?? [],
      now: clock.now(),
      purpose,
    });
    if (choice.kind === 'use') return choice.role;
    const { reaching, standing } = choice;
    if (reaching.length === 0 && standing.length === 0) {
      throw new AppError(
        'no-grant',
        `No grant, no flow and no standing role leads to ${instanceKey(instance)}`,
      );
    }
    const first = reaching[0];
    const ask = first ? l10n.t('Request {0}', first.target.label) : l10n.t('Request Access…');
    const tries = standing.map(role => ({ role, label: l10n.t('Try as {0}', role.label) })).slice(0, 2);
    const answer = await vscode.window.showInformationMessage(
      l10n.t('None of your active access covers {0}.', instanceLabel(instance)),
      ...(first ? [ask] : []),
      ...tries.map(({ label }) => label),
    );
    if (answer === ask && first) {
      await vscode.commands.executeCommand('jitAccess.access.request', {
        instanceKey: instanceKey(instance),
        flowId: first.flow.id,
        targetId: first.target.id,
      });
      return undefined;
    }
    return tries.find(({ label }) => label === answer)?.role;
  }
}
