import type { CallOptions } from '../base/cancellation';
import { AppError, messageOf } from '../base/errors';
import { Emitter, type Event } from '../base/events';
import type { Disposable } from '../base/lifecycle';
import type { Grant } from './grant';
import { nextTick } from './grantState';
import { LedgerBook, type Adopted } from './ledgerBook';
import type { LedgerDeps, SubmitContext } from './ledgerPorts';
import { LedgerFollowers } from './ledgerFollowers';
import { grantRecord, isSettled, nextVersion, type LedgerRecord } from './ledgerRecord';
import { LedgerReturns } from './ledgerReturns';
import { LedgerSubmissions, lostRequest } from './ledgerSubmissions';
import { newsBetween, type LedgerTransition } from './ledgerTransition';
import { newestFirst, type AccessRequest, type RequestDraft } from './request';
import { TransitionTeller } from './transitionTeller';

export type { GrantProbe, LedgerDeps, LedgerStore, SubmitContext } from './ledgerPorts';
export type { LedgerTransition, TransitionKind } from './ledgerTransition';

const WARN_BEFORE_MS: readonly number[] = [300_000, 60_000];

/** The single owner of truth for requests and grants. */
export class GrantLedger implements Disposable {
  readonly #deps: Required<LedgerDeps>;
  readonly #watch: Disposable | undefined;
  readonly #book: LedgerBook;
  readonly #followers: LedgerFollowers;
  readonly #returns: LedgerReturns;
  readonly #submissions: LedgerSubmissions;
  readonly #didChange = new Emitter<void>();
  readonly #teller: TransitionTeller;
  readonly #echo: TransitionTeller;
  #requests: readonly AccessRequest[] = [];
  #grants: readonly Grant[] = [];
  #timer: Disposable | undefined;
  #started = false;
  #disposed = false;

  /** Requests or grants changed, here or in another window. */
  readonly onDidChange: Event<void> = this.#didChange.event;
  /** Something happened, as this window found out. */
  readonly onDidTransition: Event<LedgerTransition>;
  /** Something happened, as another window found out: it tells its own listeners the same. Never what was there before the start. */
  readonly onDidTransitionElsewhere: Event<LedgerTransition>;

  constructor(deps: LedgerDeps) {
    this.#deps = {
      warnBeforeMs: () => WARN_BEFORE_MS,
      serverOffsetMs: () => 0,
      random: Math.random,
      newId: () => globalThis.crypto.randomUUID(),
      ...deps,
    };
    this.#book = new LedgerBook(deps.store, deps.log);
    this.#teller = new TransitionTeller(deps.log);
    this.#echo = new TransitionTeller(deps.log);
    this.onDidTransition = this.#teller.onDidTransition;
    this.onDidTransitionElsewhere = this.#echo.onDidTransition;
    this.#followers = new LedgerFollowers({
      ...this.#deps,
      find: id => this.#book.get(id),
      apply: (id, change) => this.#apply(id, change),
    });
    this.#submissions = new LedgerSubmissions({
      ...this.#deps,
      find: id => this.#book.get(id),
      visible: id => this.request(id),
      commit: record => this.#commit(record),
      apply: (id, change) => this.#apply(id, change),
    });
    this.#returns = new LedgerReturns({
      ...this.#deps,
      find: id => this.#visible(id),
      apply: (id, change) => this.#apply(id, change),
      recheck: id => this.#followers.recheck(id),
    });
    this.#watch = deps.store.onDidChange?.(() => {
      if (this.#started && !this.#disposed) this.#adopt();
    });
  }

  /** Restores from the store and follows what is open. Called once. */
  start(): void {
    if (this.#started || this.#disposed) return;
    this.#adopt();
    this.#started = true;
    this.#tick();
    // What was there before the start (a request sent early) is followed from here on too.
    this.#publish(this.#book.all().map(record => record.request.id));
  }

  /** Newest first. Replaced whole on change. */
  get requests(): readonly AccessRequest[] {
    return this.#requests;
  }

  /** Newest first, ended ones included until dismissed. */
  get grants(): readonly Grant[] {
    return this.#grants;
  }

  request(requestId: string): AccessRequest | undefined {
    return this.#visible(requestId)?.request;
  }

  grant(requestId: string): Grant | undefined {
    return this.#visible(requestId)?.grant;
  }

  /**
   * Validates, sends, and follows. Resolves with the request once the broker has taken it. Throws `request-invalid` (details: field →
   * message) and what the broker's `submit` throws, with `details.perhapsTaken` where the answer alone may have been lost; then no request
   * is kept.
   */
  submit(draft: RequestDraft, context: SubmitContext, options: CallOptions = {}): Promise<AccessRequest> {
    this.#adopt();
    return this.#submissions.submit(draft, context, options);
  }

  /**
   * Ends an approved grant early. Resolves when the broker has taken it; the grant is `ending` until the broker reports its end.
   * Throws `no-grant`, or what the broker throws, and then the grant stays in force.
   */
  giveBack(requestId: string, options: CallOptions = {}): Promise<void> {
    return this.#returns.giveBack(requestId, options);
  }

  /** Whether the request is still open and its broker lets it be taken back. */
  canCancel(requestId: string): boolean {
    return this.#returns.canCancel(requestId);
  }

  /**
   * Takes an open request back. Resolves when the broker has taken it; what came of it is read from the broker, for an approval may
   * have been quicker. Throws `request-invalid` where `canCancel` says no, and what the broker throws.
   */
  cancel(requestId: string, options: CallOptions = {}): Promise<void> {
    return this.#returns.cancel(requestId, options);
  }

  /** Takes something that is over, in an unknown state, or beyond being followed off the list. Throws `request-invalid` while it is open. */
  dismiss(requestId: string): void {
    const record = this.#visible(requestId);
    if (!record) return;
    const { request, grant } = record;
    const stuck =
      !grant && (request.phase === 'other' || request.phase === 'approved' || request.problem !== undefined);
    if (!isSettled(record) && !stuck) throw new AppError('request-invalid', 'The request is still open');
    this.#commit({ ...record, dismissed: true });
  }

  /** Asks everything again at once: after a clock jump, a sign-in, a network change, a settings change, or another window's write. */
  recheck(): void {
    if (!this.#started || this.#disposed) return;
    this.#tick();
    this.#followers.recheckAll();
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#timer?.dispose();
    this.#watch?.dispose();
    this.#followers.dispose();
    this.#didChange.dispose();
    this.#teller.dispose();
    this.#echo.dispose();
  }

  #visible(requestId: string): LedgerRecord | undefined {
    const record = this.#book.get(requestId);
    return record?.dismissed ? undefined : record;
  }

  /** Changes a record in the light of what other windows stored meanwhile, and of the time. */
  #apply(requestId: string, change: (record: LedgerRecord) => LedgerRecord): void {
    this.#adopt();
    const record = this.#book.get(requestId);
    if (record) this.#commit(this.#ticked(change(record)));
  }

  #ticked(record: LedgerRecord): LedgerRecord {
    const { clock, warnBeforeMs } = this.#deps;
    return grantRecord(record, { type: 'tick', warnBeforeMs: warnBeforeMs(), at: clock.now() });
  }

  #tick(): void {
    this.#adopt();
    const now = this.#deps.clock.now();
    for (const record of this.#book.all()) {
      const { request } = record;
      const lostAt = this.#submissions.lostAt(request);
      this.#commit(
        lostAt !== undefined && now >= lostAt
          ? { ...record, request: lostRequest(request, now) }
          : this.#ticked(record),
      );
    }
    this.#arm();
  }

  /** Takes over another window's changes, and puts back what another window, not knowing of it, wrote over. */
  #adopt(): void {
    const now = this.#deps.clock.now();
    const { changes, isAhead } = this.#book.adopt(now);
    if (isAhead) this.#book.save(now);
    this.#takeOver(changes);
  }

  #takeOver(changes: Adopted['changes']): void {
    if (changes.length === 0) return;
    if (this.#started) {
      for (const { before, after } of changes) {
        if (!after.dismissed) this.#echo.add(newsBetween(before, after, this.#grants));
      }
    }
    this.#publish(changes.map(({ after }) => after.request.id));
    this.#echo.tell();
  }

  #commit(record: LedgerRecord): void {
    const { id } = record.request;
    const before = this.#book.get(id);
    if (before === record) return;
    const isNews =
      before?.request !== record.request ||
      before.grant !== record.grant ||
      before.dismissed !== record.dismissed;
    if (!isNews) {
      // Only the note of when the broker was last asked: nobody's view depends on it, and an older note is no less true.
      this.#book.put(record);
      return;
    }
    const now = this.#deps.clock.now();
    const next = nextVersion(before, record, now);
    this.#book.put(next);
    const { changes } = this.#book.adopt(now);
    // Stored before it is told: told twice would open a second shell, and what was stored is still shown if the telling is lost.
    this.#book.save(now);
    if (!next.dismissed) this.#teller.add(newsBetween(before, next, this.#grants));
    this.#publish([id]);
    this.#takeOver(changes);
    this.#teller.tell();
  }

  #publish(changed: readonly string[]): void {
    const shown = this.#book
      .all()
      .filter(record => !record.dismissed)
      .sort((a, b) => newestFirst(a.request, b.request));
    const ended = this.#grants.filter(
      grant => grant.phase !== 'ended' && this.#book.get(grant.requestId)?.grant?.phase === 'ended',
    );
    this.#requests = shown.map(record => record.request);
    this.#grants = shown.flatMap(record => record.grant ?? []);
    if (this.#disposed) return;
    if (this.#started) {
      for (const id of changed) this.#followers.update(id);
      for (const grant of ended) this.#followers.doubtOthers(grant, this.#grants);
      this.#arm();
    }
    try {
      this.#didChange.fire();
    } catch (failure) {
      this.#deps.log.error('A view of the grants failed', messageOf(failure));
    }
  }

  /** One timer for the nearest deadline. It may come late (sleep) or early (long waits are cut): `#tick` asks the clock. */
  #arm(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    if (this.#disposed) return;
    const { clock, warnBeforeMs } = this.#deps;
    const thresholds = warnBeforeMs();
    let nearest: number | undefined;
    for (const { request, grant } of this.#book.all()) {
      const at = this.#submissions.lostAt(request) ?? (grant && nextTick(grant, thresholds));
      if (at !== undefined && (nearest === undefined || at < nearest)) nearest = at;
    }
    if (nearest === undefined) return;
    this.#timer = clock.schedule(Math.max(0, nearest - clock.now()), () => this.#tick());
  }
}
