import type { MementoStore } from '../workbench/mementoStore';
import type { ForwardTo } from '../model/sessions/liveSession';

/** A forward that was open before, with the local port it had. */
export interface RecentForward {
  readonly to: ForwardTo;
  readonly localPort: number;
}

interface Entry extends RecentForward {
  readonly instanceKey: string;
}

const MOST_PER_INSTANCE = 8;
const MOST = 60;

/** Remembers which ports were forwarded through which instance, so that a port stays the same from day to day. */
export class RecentForwards {
  readonly #store: MementoStore;

  constructor(store: MementoStore) {
    this.#store = store;
  }

  /** Newest first. */
  of(instanceKey: string): readonly RecentForward[] {
    return this.#read().filter(entry => entry.instanceKey === instanceKey);
  }

  remember(instanceKey: string, { to, localPort }: RecentForward): void {
    const others = this.#read().filter(entry => !(entry.instanceKey === instanceKey && same(entry.to, to)));
    const mine = others.filter(entry => entry.instanceKey === instanceKey).slice(0, MOST_PER_INSTANCE - 1);
    const rest = others.filter(entry => entry.instanceKey !== instanceKey);
    this.#store.save([{ instanceKey, to, localPort }, ...mine, ...rest].slice(0, MOST));
  }

  forget(instanceKey: string, { to }: RecentForward): void {
    this.#store.save(
      this.#read().filter(entry => !(entry.instanceKey === instanceKey && same(entry.to, to))),
    );
  }

  /** What another version wrote may look different: what does not fit is left out. */
  #read(): readonly Entry[] {
    const kept: unknown = this.#store.load();
    return Array.isArray(kept) ? kept.filter(isEntry) : [];
  }
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false;
  const { instanceKey, to, localPort } = value as Partial<Record<keyof Entry, unknown>>;
  if (typeof instanceKey !== 'string' || !isPort(localPort) || typeof to !== 'object' || to === null)
    return false;
  const { host, port } = to as Partial<Record<keyof ForwardTo, unknown>>;
  return isPort(port) && (host === undefined || typeof host === 'string');
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) < 65_536;
}

function same(left: ForwardTo, right: ForwardTo): boolean {
  return left.host === right.host && left.port === right.port;
}
