import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { Clock } from '../../base/clock';
import type { ReviewBook } from '../../access/reviewBook';
import type { ReviewedSession } from '../../access/reviewItem';
import { instanceLabel } from '../../access/instance';
import { forwardToText } from '../model/sessions/forwardAddress';
import type { LiveSession } from '../model/sessions/liveSession';
import type { SessionHub } from '../sessions/sessionHub';

/** Notes in the review of an emergency which sessions were opened under it, and when they closed. */
export class ReviewNotes implements Disposable {
  readonly #deps: { readonly hub: SessionHub; readonly reviews: ReviewBook; readonly clock: Clock };
  readonly #store = new DisposableStore();
  /** The open sessions that were noted, by id. */
  readonly #noted = new Map<string, { readonly requestId: string; readonly session: ReviewedSession }>();

  constructor(deps: { readonly hub: SessionHub; readonly reviews: ReviewBook; readonly clock: Clock }) {
    this.#deps = deps;
    this.#store.add(deps.hub.onDidChange(() => this.#follow()));
  }

  dispose(): void {
    this.#store.dispose();
  }

  #follow(): void {
    const { hub, reviews, clock } = this.#deps;
    for (const session of hub.sessions) {
      const requestId = session.role.grant?.requestId;
      if (requestId === undefined || this.#noted.has(session.id)) continue;
      const noted = reviewedSession(session);
      this.#noted.set(session.id, { requestId, session: noted });
      reviews.noteSession(requestId, noted);
    }
    for (const [id, { requestId, session }] of this.#noted) {
      if (hub.find(id)) continue;
      this.#noted.delete(id);
      reviews.noteSession(requestId, { ...session, endedAt: clock.now() });
    }
  }
}

function reviewedSession(session: LiveSession): ReviewedSession {
  return {
    id: session.id,
    kind: session.kind,
    instanceId: session.instance.id,
    instanceName: instanceLabel(session.instance),
    startedAt: session.startedAt,
    ...(session.forward ? { leadsTo: forwardToText(session.forward.to) } : {}),
  };
}
