import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { Clock } from '../../base/clock';
import { remainingMs } from '../../access/grant';
import { forwardsPorts, isRefusedByRule, type AccessRequest } from '../../access/request';
import type { LedgerTransition } from '../../access/ledger';
import { endReasonText } from '../model/access/accessTreeModel';
import { spanText } from '../model/timeText';
import type { WindowNews } from '../model/access/windowNews';

const { l10n } = vscode;

interface Offer {
  readonly label: string;
  readonly command: string;
  readonly argument: object;
}

/** Tells what a person waits for or must know, once: access is there, was refused, is about to end, has ended. The rest is in the tree. */
export class Notifier implements Disposable {
  readonly #store = new DisposableStore();

  readonly #clock: Clock;

  constructor(deps: { readonly news: WindowNews; readonly clock: Clock }) {
    this.#clock = deps.clock;
    this.#store.add(deps.news.onDidHappen(transition => void this.#tell(transition)));
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #tell(transition: LedgerTransition): Promise<void> {
    const { request, grant, kind } = transition;
    const label = nameOf(request);
    const subject = {
      requestId: request.id,
      ...(request.instanceKey ? { instanceKey: request.instanceKey } : {}),
    };
    const again: Offer = {
      label: l10n.t('Request Again'),
      command: 'access.requestAgain',
      argument: subject,
    };
    const show: Offer = { label: l10n.t('Show'), command: 'access.show', argument: subject };
    const message = request.steps.at(-1)?.message;
    switch (kind) {
      case 'active': {
        const span =
          grant?.effectiveEndsAt && grant.activeAt
            ? Math.round((grant.effectiveEndsAt - grant.activeAt) / 1000)
            : undefined;
        return offer(
          request.breakGlass ? 'warning' : 'info',
          span === undefined
            ? l10n.t('{0} is active', label)
            : l10n.t('{0} is active for {1}', label, spanText(l10n, span)),
          // What was asked for opens by itself.
          ...(request.whenActive === 'openShell'
            ? []
            : [{ label: l10n.t('Open Shell'), command: 'shell.open', argument: subject }]),
          ...(forwardsPorts(request)
            ? [{ label: l10n.t('Forward Port…'), command: 'port.forward', argument: subject }]
            : []),
        );
      }
      case 'denied':
        return offer(
          'warning',
          message ? l10n.t('{0} was denied: {1}', label, message) : l10n.t('{0} was denied', label),
          again,
          show,
        );
      case 'expired':
        return offer('warning', l10n.t('Nobody approved {0} in time', label), again, show);
      case 'failed':
        return offer('warning', failureText(request, message), again, show);
      case 'warning': {
        // After a sleep or a change of the settings there may be less left than the threshold says.
        const left = grant && remainingMs(grant, this.#clock.now());
        const seconds = Math.round((left ?? transition.warningMs ?? 0) / 1000);
        return offer(
          'warning',
          l10n.t('{0} ends in {1}', label, spanText(l10n, seconds)),
          { label: l10n.t('Extend…'), command: 'grant.extend', argument: subject },
          { label: l10n.t('Give Back'), command: 'grant.giveBack', argument: subject },
        );
      }
      case 'ended':
        // Whoever gave it back knows; an extension that took over is no end.
        if (transition.continuedBy || !grant?.endReason || grant.endReason === 'given-back') return;
        return offer(
          grant.endReason === 'expired' ? 'info' : 'warning',
          l10n.t('{0} has ended: {1}', label, endReasonText(l10n, grant)),
          again,
          show,
        );
      default:
        return;
    }
  }
}

/** An emergency is marked as one wherever it shows. */
function nameOf({ target, breakGlass }: AccessRequest): string {
  return breakGlass ? l10n.t('Break-glass: {0}', target.label) : target.label;
}

function failureText(request: AccessRequest, message: string | undefined): string {
  const label = nameOf(request);
  if (message === undefined) return l10n.t('{0} failed', label);
  return isRefusedByRule(request)
    ? l10n.t('{0} was refused: {1}', label, message)
    : l10n.t('{0} failed: {1}', label, message);
}

async function offer(level: 'info' | 'warning', text: string, ...offers: readonly Offer[]): Promise<void> {
  const labels = offers.map(({ label }) => label);
  const answer =
    level === 'info'
      ? await vscode.window.showInformationMessage(text, ...labels)
      : await vscode.window.showWarningMessage(text, ...labels);
  const chosen = offers.find(({ label }) => label === answer);
  if (chosen) await vscode.commands.executeCommand(`jitAccess.${chosen.command}`, chosen.argument);
}
