import type { Memento } from 'vscode';
import type { Clock } from '../../base/clock';
import { Emitter, type Event } from '../../base/events';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import { instanceKey, instanceLabel, type Instance } from '../../access/instance';
import type { InstanceMarks, LastUse, RememberedInstance } from '../model/instances/instanceMarks';
import type { LiveSession } from '../model/sessions/liveSession';

const FAVOURITES = 'jitAccess.favouriteInstances';
const RECENT = 'jitAccess.recentInstances';
/** Beyond what the tree and the picker show, for the cards. */
const MOST_RECENT = 30;

interface Used extends RememberedInstance, LastUse {}

/** Favourites and what was connected to last, in every window of this person. */
export class InstanceMemory implements Disposable {
  readonly #state: Pick<Memento, 'get' | 'update'>;
  readonly #store = new DisposableStore();
  readonly #onDidChange = new Emitter<void>();
  readonly onDidChange: Event<void> = this.#onDidChange.event;
  readonly #seen = new Set<string>();

  constructor(deps: {
    readonly state: Pick<Memento, 'get' | 'update'>;
    readonly hub: { readonly sessions: readonly LiveSession[]; readonly onDidChange: Event<void> };
    readonly clock: Clock;
  }) {
    const { hub, clock } = deps;
    this.#state = deps.state;
    this.#store.add(
      hub.onDidChange(() => {
        for (const { id, kind, instance } of hub.sessions) {
          if (this.#seen.has(id)) continue;
          this.#seen.add(id);
          this.#remember(instance, { kind, at: clock.now() });
        }
      }),
    );
  }

  /** As it is now. */
  get marks(): InstanceMarks {
    const favourites = this.#favourites();
    const recent = this.#recent();
    const keys = new Set(favourites.map(({ key }) => key));
    const uses = new Map(recent.map(use => [use.key, use]));
    return { favourites, recent, isFavourite: key => keys.has(key), lastUse: key => uses.get(key) };
  }

  addFavourite(instance: Instance): void {
    const key = instanceKey(instance);
    const others = this.#favourites().filter(one => one.key !== key);
    this.#keep(FAVOURITES, [...others, { key, label: instanceLabel(instance) }]);
  }

  removeFavourite(key: string): void {
    this.#keep(
      FAVOURITES,
      this.#favourites().filter(one => one.key !== key),
    );
  }

  dispose(): void {
    this.#store.dispose();
    this.#onDidChange.dispose();
  }

  #remember(instance: Instance, use: LastUse): void {
    const key = instanceKey(instance);
    const others = this.#recent().filter(one => one.key !== key);
    this.#keep(RECENT, [{ key, label: instanceLabel(instance), ...use }, ...others].slice(0, MOST_RECENT));
  }

  #keep(name: string, value: readonly RememberedInstance[]): void {
    // The state has the value at once; what is awaited is its way to the disk.
    void this.#state.update(name, value);
    this.#onDidChange.fire();
  }

  #favourites(): readonly RememberedInstance[] {
    return this.#read(FAVOURITES).filter(isRemembered);
  }

  #recent(): readonly Used[] {
    return this.#read(RECENT).filter(isUsed);
  }

  /** What another version wrote may look different: what does not fit is left out. */
  #read(name: string): readonly unknown[] {
    const kept: unknown = this.#state.get(name);
    return Array.isArray(kept) ? kept : [];
  }
}

function isRemembered(value: unknown): value is RememberedInstance {
  if (typeof value !== 'object' || value === null) return false;
  const { key, label } = value as Partial<Record<keyof RememberedInstance, unknown>>;
  return typeof key === 'string' && typeof label === 'string';
}

function isUsed(value: unknown): value is Used {
  if (!isRemembered(value)) return false;
  const { kind, at } = value as RememberedInstance & Partial<Record<keyof LastUse, unknown>>;
  return (kind === 'shell' || kind === 'forward') && typeof at === 'number';
}
