import type { CallOptions } from '../../../base/cancellation';
import type { Clock } from '../../../base/clock';
import { AppError, isAppError, messageOf } from '../../../base/errors';
import { Emitter, type Event } from '../../../base/events';
import type { Disposable } from '../../../base/lifecycle';
import type { Log } from '../../../base/log';
import type { InboxItem, NodeAccessInbox } from '../../../aws/nodeAccess/nodeAccessInbox';
import type { NodeAccessPlace } from '../../../aws/nodeAccess/nodeAccessPlace';

export type Decision = 'approve' | 'reject' | 'revoke';

/** Immutable; replaced whole on every change. */
export interface InboxSnapshot {
  /** Whether the person holds an approver's role anywhere, as far as is known. */
  readonly isApprover: boolean;
  /** Whether it was looked at once since the person is an approver. */
  readonly wasRead: boolean;
  /** What waits for an approver, whoever waits longest first. */
  readonly pending: readonly InboxItem[];
  /** What is approved and in force. */
  readonly granted: readonly InboxItem[];
  /** Places that could not be asked. */
  readonly problems: readonly { readonly place: NodeAccessPlace; readonly error: AppError }[];
}

export interface InboxDeps {
  /** Accounts and regions with a role to approve as, of sign-ins that are good. */
  readonly places: () => readonly NodeAccessPlace[];
  /** Whether Identity Center hands the approver's role out to this person. Throws when it cannot be asked. */
  readonly holdsRole: (accountId: string, options?: CallOptions) => Promise<boolean>;
  readonly broker: Pick<NodeAccessInbox, 'listPending' | 'listGranted' | Decision>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The longest access that an approval policy gives: what was asked for before that is over, whatever its OpsItem says. */
const LONGEST_ACCESS_MS = 336 * 3_600_000;

const PLACES_AT_A_TIME = 4;

const NOTHING: InboxSnapshot = { isApprover: false, wasRead: false, pending: [], granted: [], problems: [] };

/** The approver's side of AWS's node access: what others ask for in the accounts where this person may decide. */
export class Inbox implements Disposable {
  readonly #deps: InboxDeps;
  readonly #onDidChange = new Emitter<void>();
  readonly onDidChange: Event<void> = this.#onDidChange.event;
  readonly #lifetime = new AbortController();
  #snapshot: InboxSnapshot = NOTHING;
  #roleAsked = '';
  #running: Promise<void> | undefined;
  #runAgain = false;

  constructor(deps: InboxDeps) {
    this.#deps = deps;
  }

  get snapshot(): InboxSnapshot {
    return this.#snapshot;
  }

  find(id: string): InboxItem | undefined {
    return [...this.#snapshot.pending, ...this.#snapshot.granted].find(item => item.id === id);
  }

  /** Asks once for each set of accounts whether the person is an approver in any of them. Never rejects. */
  async findRole(): Promise<void> {
    if (accountsOf(this.#deps.places()).join(' ') !== this.#roleAsked) await this.refresh();
  }

  /** Lists afresh; a call meanwhile makes it list once more. Never rejects: failures are part of the snapshot. */
  refresh(): Promise<void> {
    if (this.#running) {
      this.#runAgain = true;
      return this.#running;
    }
    this.#running = this.#refreshUntilCurrent().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Throws what the broker throws: that is where own requests are refused. The list is read again either way. */
  async decide(
    item: InboxItem,
    decision: Decision,
    comment: string,
    options: CallOptions = {},
  ): Promise<void> {
    const { broker } = this.#deps;
    try {
      if (decision === 'revoke') await broker.revoke(item, options);
      else await broker[decision](item, comment, options);
    } finally {
      await this.refresh();
    }
  }

  dispose(): void {
    this.#lifetime.abort();
    this.#onDidChange.dispose();
  }

  async #refreshUntilCurrent(): Promise<void> {
    do {
      try {
        await this.#refreshOnce();
      } catch (thrown) {
        if (!isAppError(thrown, 'cancelled')) this.#deps.log.error('The inbox cannot be read', thrown);
      }
    } while (this.#takeRunAgain() && !this.#lifetime.signal.aborted);
  }

  #takeRunAgain(): boolean {
    const again = this.#runAgain;
    this.#runAgain = false;
    return again;
  }

  async #refreshOnce(): Promise<void> {
    const places = await this.#placesOfMine();
    if (places.length === 0) {
      this.#replace(NOTHING);
      return;
    }
    if (!this.#snapshot.isApprover) this.#replace({ ...this.#snapshot, isApprover: true });
    const pending: InboxItem[] = [];
    const granted: InboxItem[] = [];
    const problems: InboxSnapshot['problems'][number][] = [];
    const work = [...places];
    const worker = async (): Promise<void> => {
      for (let place = work.shift(); place; place = work.shift()) {
        try {
          const lists = await this.#read(place);
          pending.push(...lists.pending);
          granted.push(...lists.granted);
        } catch (thrown) {
          if (isAppError(thrown, 'cancelled')) throw thrown;
          this.#deps.log.warn(`The inbox of ${place.accountId}/${place.region}: ${messageOf(thrown)}`);
          problems.push({ place, error: asAppError(thrown) });
        }
      }
    };
    await Promise.all(Array.from({ length: PLACES_AT_A_TIME }, worker));
    const byAge = (a: InboxItem, b: InboxItem) => (a.requestedAt ?? 0) - (b.requestedAt ?? 0);
    this.#replace({
      isApprover: true,
      wasRead: true,
      pending: pending.sort(byAge),
      granted: granted.sort(byAge),
      problems: problems.sort((a, b) => placeKey(a.place).localeCompare(placeKey(b.place))),
    });
  }

  async #read(place: NodeAccessPlace): Promise<Pick<InboxSnapshot, 'pending' | 'granted'>> {
    const { broker, clock } = this.#deps;
    const options = { signal: this.#lifetime.signal };
    const [pending, granted] = await Promise.all([
      broker.listPending(place, options),
      broker.listGranted(place, clock.now() - LONGEST_ACCESS_MS, options),
    ]);
    return { pending, granted };
  }

  /** The places of accounts where the person holds the approver's role. One that cannot be asked about keeps its former answer. */
  async #placesOfMine(): Promise<readonly NodeAccessPlace[]> {
    const places = this.#deps.places();
    this.#roleAsked = accountsOf(places).join(' ');
    const former = new Set(
      [...this.#snapshot.pending, ...this.#snapshot.granted, ...this.#snapshot.problems].map(
        ({ place }) => place.accountId,
      ),
    );
    const mine = new Set<string>();
    for (const accountId of accountsOf(places)) {
      try {
        if (await this.#deps.holdsRole(accountId, { signal: this.#lifetime.signal })) mine.add(accountId);
      } catch (thrown) {
        if (isAppError(thrown, 'cancelled')) throw thrown;
        this.#deps.log.warn(`The approver's role in ${accountId} cannot be asked for: ${messageOf(thrown)}`);
        if (former.has(accountId)) mine.add(accountId);
      }
    }
    return places.filter(({ accountId }) => mine.has(accountId));
  }

  #replace(snapshot: InboxSnapshot): void {
    if (this.#lifetime.signal.aborted || (snapshot === NOTHING && this.#snapshot === NOTHING)) return;
    this.#snapshot = snapshot;
    this.#onDidChange.fire();
  }
}

function accountsOf(places: readonly NodeAccessPlace[]): readonly string[] {
  return [...new Set(places.map(({ accountId }) => accountId))].sort();
}

function placeKey({ accountId, region }: NodeAccessPlace): string {
  return `${accountId}/${region}`;
}

function asAppError(thrown: unknown): AppError {
  return thrown instanceof AppError ? thrown : new AppError('internal', messageOf(thrown), { cause: thrown });
}
