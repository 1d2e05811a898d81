import type { Clock } from '../base/clock';
import { AppError } from '../base/errors';
import { Emitter, type Event } from '../base/events';
import { DisposableStore, type Disposable } from '../base/lifecycle';
import type { Log } from '../base/log';
import type { GrantLedger } from './ledger';
import { mergedReview, readReviews, reviewed, type ReviewedSession, type ReviewItem } from './reviewItem';

/** Where the reviews keep themselves. Windows may share it; what it loads is validated. */
export interface ReviewStore {
  load(): unknown;
  /** `state` is JSON. */
  save(state: unknown): void;
}

/** A closed review is kept this long; one that is due stays until it is closed. */
const KEEP_CLOSED_MS = 90 * 86_400_000;

export interface ReviewBookDeps {
  readonly ledger: Pick<GrantLedger, 'requests' | 'grant' | 'onDidChange'>;
  readonly store: ReviewStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** The reviews that grants for emergencies leave behind: what was asked, when, and which sessions were opened. */
export class ReviewBook implements Disposable {
  readonly #deps: ReviewBookDeps;
  readonly #subscriptions = new DisposableStore();
  readonly #didChange = new Emitter<void>();
  readonly onDidChange: Event<void> = this.#didChange.event;
  #items: ReadonlyMap<string, ReviewItem> = new Map();
  #lastLoaded: unknown;

  constructor(deps: ReviewBookDeps) {
    this.#deps = deps;
    this.#adopt();
    this.#subscriptions.add(deps.ledger.onDidChange(() => this.#follow()));
    this.#follow();
  }

  /** Newest first: running, due and closed ones. */
  get items(): readonly ReviewItem[] {
    return [...this.#items.values()].sort((a, b) => b.requestedAt - a.requestedAt);
  }

  find(requestId: string): ReviewItem | undefined {
    return this.#items.get(requestId);
  }

  /** Notes that a session was opened, or (with `endedAt`) that it was closed. Nothing happens for a grant that is not for emergencies. */
  noteSession(requestId: string, session: ReviewedSession): void {
    this.#adopt();
    const known = this.#items.get(requestId);
    if (!known) return;
    this.#put(mergedReview(known, { ...known, sessions: [session] }));
  }

  /**
   * Closes a review with a note. Throws `request-invalid` when there is no such review, when its grant is still in force, or when the note
   * is empty.
   */
  close(requestId: string, note: string): void {
    this.#adopt();
    const known = this.#items.get(requestId);
    if (!known) throw new AppError('request-invalid', 'There is no such review');
    if (known.endedAt === undefined) throw new AppError('request-invalid', 'The access is still in force');
    const text = note.trim();
    if (text === '') throw new AppError('request-invalid', 'A review is closed with a note');
    this.#put({ ...known, note: text, closedAt: this.#deps.clock.now() });
  }

  dispose(): void {
    this.#subscriptions.dispose();
    this.#didChange.dispose();
  }

  /** Takes over what the ledger now says of grants for emergencies. */
  #follow(): void {
    this.#adopt();
    const { ledger } = this.#deps;
    for (const request of ledger.requests) {
      const grant = request.breakGlass && ledger.grant(request.id);
      if (!grant) continue;
      const known = this.#items.get(request.id);
      // Once its end is noted nothing of the grant changes any more.
      if (known?.endedAt === undefined) this.#put(reviewed(known, request, grant));
    }
  }

  #put(item: ReviewItem): void {
    const known = this.#items.get(item.requestId);
    if (JSON.stringify(known) === JSON.stringify(item)) return;
    const now = this.#deps.clock.now();
    const all = new Map(this.#items).set(item.requestId, item);
    for (const [id, { closedAt }] of all) {
      if (closedAt !== undefined && now - closedAt > KEEP_CLOSED_MS) all.delete(id);
    }
    this.#items = all;
    const state = [...all.values()];
    this.#lastLoaded = state;
    this.#deps.store.save(state);
    this.#didChange.fire();
  }

  /** Takes over what other windows know better. */
  #adopt(): void {
    const loaded = this.#deps.store.load();
    if (loaded === this.#lastLoaded) return;
    this.#lastLoaded = loaded;
    const { items, problems } = readReviews(loaded);
    for (const problem of problems) this.#deps.log.warn('A stored review could not be read', problem);
    const all = new Map(this.#items);
    for (const theirs of items) {
      const mine = all.get(theirs.requestId);
      all.set(theirs.requestId, mine ? mergedReview(mine, theirs) : theirs);
    }
    this.#items = all;
  }
}
