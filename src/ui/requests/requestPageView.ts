import * as vscode from 'vscode';
import type { Clock } from '../../base/clock';
import type { Flow } from '../../access/flow';
import { instanceKey, instanceLabel, type Instance } from '../../access/instance';
import type { GrantLedger } from '../../access/ledger';
import { overlappingGrant } from '../../access/reach';
import type { RequestMemory } from '../../access/requestMemory';
import type { ReviewItem } from '../../access/reviewItem';
import type { Draft, FormView, RequestView } from '../../shared/requestPanel';
import type { TargetChoice } from '../workbench/commandSubject';
import { openRequest } from '../model/requests/formChoices';
import { requestFollowView } from '../model/requests/requestFollowView';
import { requestFormView } from '../model/requests/requestFormView';

const { l10n } = vscode;

/** What a panel is about. Kept in the page's state, so that a reload brings it back. */
export interface PanelSubject {
  readonly instanceKey?: string;
  readonly preset?: TargetChoice;
  /** The request whose grant is to be prolonged. */
  readonly extensionOf?: string;
  /** Set once sent. */
  readonly requestId?: string;
}

/** What a form begins with, and where it comes from. */
export type FormStart = NonNullable<FormView['start']>;

export interface RequestPageViewDeps {
  readonly ledger: Pick<GrantLedger, 'requests' | 'grants' | 'request' | 'grant' | 'canCancel'>;
  readonly memory: Pick<RequestMemory, 'lastRequests' | 'favourites' | 'reasons'>;
  readonly flows: () => readonly Flow[];
  readonly broker: () => 'ready' | 'noUrl' | 'noToken';
  readonly findInstance: (key: string) => Instance | undefined;
  /** Ports that were forwarded through an instance before, as they are typed. */
  readonly forwardsOf: (instanceKey: string) => readonly string[];
  readonly review: (requestId: string) => ReviewItem | undefined;
  readonly warnBeforeMs: () => readonly number[];
  readonly clock: Clock;
}

/** What the request page shows of a subject, as requests, grants, settings and inventory now stand. */
export class RequestPageView {
  readonly #deps: RequestPageViewDeps;

  constructor(deps: RequestPageViewDeps) {
    this.#deps = deps;
  }

  title(subject: PanelSubject): string {
    const { ledger } = this.#deps;
    const { requestId, extensionOf } = subject;
    const instance = this.#instance(subject);
    const request = requestId === undefined ? undefined : ledger.request(requestId);
    if (request) {
      return instance
        ? l10n.t('Access to {0}', instanceLabel(instance))
        : l10n.t('Access: {0}', request.target.label);
    }
    const extended = extensionOf === undefined ? undefined : ledger.grant(extensionOf);
    if (extended) return l10n.t('Extend {0}', extended.target.label);
    return instance ? l10n.t('Request access to {0}', instanceLabel(instance)) : l10n.t('Request access');
  }

  /** `draft`: the form as the page said last; `start`: what it begins with. */
  view(
    subject: PanelSubject,
    form: { readonly draft: Draft | undefined; readonly start: FormStart | undefined },
  ): RequestView {
    const { ledger, clock, flows } = this.#deps;
    const { requestId } = subject;
    const instance = this.#instance(subject);
    const request = requestId === undefined ? undefined : ledger.request(requestId);
    return {
      now: clock.now(),
      title: this.title(subject),
      ...(instance ? { instance: headOf(instance, flows()) } : {}),
      body: request
        ? requestFollowView(l10n, {
            request,
            grant: ledger.grant(request.id),
            instance,
            review: this.#deps.review(request.id),
            canCancel: ledger.canCancel(request.id),
            warnBeforeMs: Math.max(0, ...this.#deps.warnBeforeMs()),
          })
        : this.#formView(subject, instance, form),
    };
  }

  /** The request of the live grant, or the open request, for what is chosen. */
  overlap(subject: PanelSubject, { flowId, targetId }: Draft): string | undefined {
    const { ledger } = this.#deps;
    return (
      overlappingGrant(ledger.grants, flowId, targetId, this.#instance(subject))?.requestId ??
      openRequest(ledger.requests, ledger.grants, { id: flowId }, { id: targetId })?.id
    );
  }

  #instance({ instanceKey: key }: PanelSubject): Instance | undefined {
    return key === undefined ? undefined : this.#deps.findInstance(key);
  }

  #formView(
    { extensionOf, preset }: PanelSubject,
    instance: Instance | undefined,
    { draft, start }: { readonly draft: Draft | undefined; readonly start: FormStart | undefined },
  ): FormView {
    const { ledger, flows, broker, memory, forwardsOf, clock } = this.#deps;
    return requestFormView(l10n, {
      flows: flows(),
      requests: ledger.requests,
      grants: ledger.grants,
      instance,
      preset,
      extending: extensionOf === undefined ? undefined : ledger.grant(extensionOf),
      broker: broker(),
      draft,
      start,
      recall: { last: memory.lastRequests, favourites: memory.favourites, reasons: memory.reasons },
      forwards: instance ? forwardsOf(instanceKey(instance)) : [],
      now: clock.now(),
    });
  }
}

function headOf(instance: Instance, flows: readonly Flow[]): NonNullable<RequestView['instance']> {
  const told = Object.entries(instance.tags)
    .filter(([key]) => flows.some(flow => flow.targets.some(target => key in target.instanceTags)))
    .map(([key, value]) => `${key}=${value}`);
  return {
    name: instanceLabel(instance),
    id: instance.id,
    where: [...told, instance.accountId, instance.region].join(' · '),
  };
}
