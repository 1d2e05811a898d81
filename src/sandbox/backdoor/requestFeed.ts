import type { ServerResponse } from 'node:http';
import type { Disposable } from '../../base/lifecycle';
import type { RequestView } from '../pages/approvalsPage';
import type { HttpStream } from '../server/http';
import type { SymRun, SymRuns } from '../state/symRuns';
import { ACCOUNTS, USERS } from '../world/organization';
import type { NodeAccessDesk } from './nodeAccessDesk';

/** Sends the approvals page all requests, at once and again on every change. */
export class RequestFeed implements Disposable {
  readonly #runs: SymRuns;
  readonly #readers = new Set<ServerResponse>();
  readonly #desk: NodeAccessDesk;
  readonly #subscriptions: readonly Disposable[];

  constructor({ runs, desk }: { runs: SymRuns; desk: NodeAccessDesk }) {
    this.#runs = runs;
    this.#desk = desk;
    this.#subscriptions = [runs, desk].map(source => source.onDidChange(() => this.#tellAll()));
  }

  /** Sym's runs and AWS's access requests, newest first. */
  list(): readonly RequestView[] {
    const runs = this.#runs.listRuns().map(requestView);
    return [...runs, ...this.#desk.list()].sort((a, b) => b.requestedAt - a.requestedAt);
  }

  stream(): HttpStream {
    return {
      open: response => {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
        response.write(this.#message());
        this.#readers.add(response);
        response.once('close', () => this.#readers.delete(response));
      },
    };
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    for (const reader of this.#readers) reader.end();
    this.#readers.clear();
  }

  #tellAll(): void {
    const message = this.#message();
    for (const reader of this.#readers) reader.write(message);
  }

  /** What a hook refused never reached the channel. */
  #message(): string {
    const shown = this.list().filter(request => request.status !== 'refused');
    return `data: ${JSON.stringify(shown)}\n\n`;
  }
}

export function requestView(run: SymRun): RequestView {
  return {
    runId: run.id,
    status: run.refused === true ? 'refused' : run.status,
    flow: run.flow.label,
    channel: run.flow.channel,
    requester: run.requester,
    requesterName: USERS.find(({ email }) => email === run.requester)?.displayName ?? run.requester,
    reason: run.reason,
    target: run.target.label,
    account: ACCOUNTS.find(({ id }) => id === run.target.accountId)?.name ?? run.target.accountId,
    permissionSet: run.target.permissionSet,
    durationSeconds: run.durationSeconds,
    requestedAt: run.requestedAt,
    ...(run.decidedBy === undefined ? {} : { decidedBy: run.decidedBy }),
    ...(run.message === undefined ? {} : { message: run.message }),
    ...(run.escalatedAt === undefined ? {} : { escalatedAt: run.escalatedAt }),
    ...(run.endsAt === undefined ? {} : { endsAt: run.endsAt }),
    ...(run.endedAt === undefined ? {} : { endedAt: run.endedAt }),
  };
}
