import * as z from 'zod';
import { Emitter, type Event } from '../base/events';
import type { Disposable } from '../base/lifecycle';
import type { Log } from '../base/log';
import type { WhenActive } from './request';

/** What is in a form, as it was typed: durations as written, lists of choices as lists. */
export interface FormContent {
  readonly flowId: string;
  readonly targetId: string;
  readonly values: Readonly<Record<string, string | number | boolean | readonly (string | number)[]>>;
  /** What is to happen on activation; with `forwardPort`, `forward` (`8080` or `host:port`) and `localPort` (empty for any). */
  readonly whenActive: WhenActive;
  readonly forward: string;
  readonly localPort: string;
}

/** A request that was saved under a name. */
export interface Favourite {
  readonly name: string;
  readonly content: FormContent;
  /** The instance it was saved for, by its key. */
  readonly instanceKey?: string;
}

/** Where the memory keeps itself: this machine's storage, which is not synchronised to others. */
export interface MemoryStore {
  load(): unknown;
  /** `state` is JSON. */
  save(state: unknown): void;
}

const MOST = { reasons: 8, favourites: 20, last: 20, drafts: 12 } as const;

const content = z.object({
  flowId: z.string(),
  targetId: z.string(),
  values: z.record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))]),
  ),
  whenActive: z.enum(['nothing', 'openShell', 'forwardPort']),
  forward: z.string(),
  localPort: z.string(),
});

const memory = z.object({
  reasons: z.array(z.string()),
  favourites: z.array(
    z.object({ name: z.string().min(1), content, instanceKey: z.string().exactOptional() }),
  ),
  last: z.array(content),
  drafts: z.array(z.object({ subject: z.string(), content })),
});

type Memory = z.infer<typeof memory>;

const NOTHING: Memory = { reasons: [], favourites: [], last: [], drafts: [] };

/**
 * What a person has asked for before, kept so that asking again is short: reasons, requests saved by name, the last request of each
 * target, and what was typed and not sent. Read anew on every question, for other windows write it too.
 */
export class RequestMemory implements Disposable {
  readonly #store: MemoryStore;
  readonly #log: Log;
  readonly #didChange = new Emitter<void>();
  /** Reasons, favourites or last requests changed; a draft is no news to the page that wrote it. */
  readonly onDidChange: Event<void> = this.#didChange.event;

  constructor(store: MemoryStore, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  /** Newest first, each once. */
  get reasons(): readonly string[] {
    return this.#load().reasons;
  }

  /** By name. */
  get favourites(): readonly Favourite[] {
    return [...this.#load().favourites].sort((a, b) => a.name.localeCompare(b.name));
  }

  /** What was sent last for each target, newest first. */
  get lastRequests(): readonly FormContent[] {
    return this.#load().last;
  }

  get isEmpty(): boolean {
    return Object.values(this.#load()).every(list => list.length === 0);
  }

  /** What was typed about this subject and neither sent nor thrown away. */
  draft(subject: string): FormContent | undefined {
    return this.#load().drafts.find(draft => draft.subject === subject)?.content;
  }

  keepDraft(subject: string, content: FormContent): void {
    const { drafts, ...rest } = this.#load();
    const others = drafts.filter(draft => draft.subject !== subject);
    this.#save({
      ...rest,
      drafts: [{ subject, content: mutable(content) }, ...others].slice(0, MOST.drafts),
    });
  }

  dropDraft(subject: string): void {
    const { drafts, ...rest } = this.#load();
    const others = drafts.filter(draft => draft.subject !== subject);
    if (others.length < drafts.length) this.#save({ ...rest, drafts: others });
  }

  /** Remembers what was sent. */
  noteSent(sent: FormContent): void {
    const known = this.#load();
    const { reason } = sent.values;
    const given = typeof reason === 'string' && reason.trim() !== '' ? [reason.trim()] : [];
    const otherLast = known.last.filter(
      last => last.flowId !== sent.flowId || last.targetId !== sent.targetId,
    );
    this.#save({
      ...known,
      reasons: [...given, ...known.reasons.filter(text => !given.includes(text))].slice(0, MOST.reasons),
      last: [mutable(sent), ...otherLast].slice(0, MOST.last),
    });
    this.#didChange.fire();
  }

  /** Saves under a name; what had the name before gives way, and the oldest one where there are too many. */
  saveFavourite({ name, content, instanceKey }: Favourite): void {
    const known = this.#load();
    const others = known.favourites.filter(favourite => favourite.name !== name);
    const saved = {
      name,
      content: mutable(content),
      ...(instanceKey === undefined ? {} : { instanceKey }),
    };
    const favourites = [saved, ...others].slice(0, MOST.favourites);
    this.#save({ ...known, favourites });
    this.#didChange.fire();
  }

  removeFavourite(name: string): void {
    const known = this.#load();
    this.#save({ ...known, favourites: known.favourites.filter(favourite => favourite.name !== name) });
    this.#didChange.fire();
  }

  /** Forgets everything: reasons, favourites, last requests and drafts. */
  clear(): void {
    this.#save(NOTHING);
    this.#didChange.fire();
  }

  dispose(): void {
    this.#didChange.dispose();
  }

  #load(): Memory {
    const state = this.#store.load();
    if (state === undefined || state === null) return NOTHING;
    const parsed = memory.safeParse(state);
    if (parsed.success) return parsed.data;
    this.#log.warn('What was asked for before cannot be read, and is forgotten');
    return NOTHING;
  }

  #save(state: Memory): void {
    this.#store.save(state);
  }
}

function mutable(content: FormContent): z.infer<typeof memory>['last'][number] {
  const values = Object.fromEntries(
    Object.entries(content.values).map(([name, value]) => [name, isList(value) ? [...value] : value]),
  );
  return { ...content, values };
}

function isList(value: FormContent['values'][string]): value is readonly (string | number)[] {
  return Array.isArray(value);
}
