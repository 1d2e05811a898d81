import type { Memento } from 'vscode';
import type { Clock } from '../../base/clock';
import { Emitter, type Event } from '../../base/events';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import { instanceKey, instanceLabel, type Instance } from '../../access/instance';
import type { InstanceMarks, LastUse, RememberedInstance } from '../model/instances/instanceMarks';
import type { LiveSession } from '../model/sessions/liveSession';
import { MementoStore } from '../workbench/mementoStore';

/** Beyond what the tree and the picker show, for the cards. */
const MOST_RECENT = 30;

interface Used extends RememberedInstance, LastUse {}

/** Favourites and what was connected to last, in every window of this person. */
export class InstanceMemory implements Disposable {
  readonly #favouritesStore: MementoStore;
  readonly #recentStore: MementoStore;
  readonly #store = new DisposableStore();
  readonly #onDidChange = new Emitter<void>();
  readonly onDidChange: Event<void> = this.#onDidChange.event;
  readonly #seen = new Set<string>();

  constructor(deps: {
    readonly state: Pick<Memento, 'get' | 'update'>;
    readonly hub: { readonly sessions: readonly LiveSession[]; readonly onDidChange: Event<void> };
    readonly clock: Clock;
  }) {
    const { state, hub, clock } = deps;
    this.#favouritesStore = new MementoStore(state, 'jitAccess.favouriteInstances', clock);
    this.#recentStore = new MementoStore(state, 'jitAccess.recentInstances', clock);
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
    this.#keep(this.#favouritesStore, [...others, { key, label: instanceLabel(instance) }]);
  }

  removeFavourite(key: string): void {
    this.#keep(
      this.#favouritesStore,
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
    this.#keep(
      this.#recentStore,
      [{ key, label: instanceLabel(instance), ...use }, ...others].slice(0, MOST_RECENT),
    );
  }

  #keep(store: MementoStore, value: readonly RememberedInstance[]): void {
    store.save(value);
    this.#onDidChange.fire();
  }

  #favourites(): readonly RememberedInstance[] {
    return listIn(this.#favouritesStore).filter(isRemembered);
  }

  #recent(): readonly Used[] {
    return listIn(this.#recentStore).filter(isUsed);
  }
}

/** What another version wrote may look different: what does not fit is left out. */
function listIn(store: MementoStore): readonly unknown[] {
  const kept = store.load();
  return Array.isArray(kept) ? kept : [];
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
