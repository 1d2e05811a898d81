import * as z from 'zod';

// What the host and the request page say to each other. The page sends requests with an id, and each is answered once; the
// host sends the whole view whenever it changes. All text arrives worded for the reader.

const fieldValue = z.union([
  z.string().max(20_000),
  z.number(),
  z.boolean(),
  z.array(z.union([z.string().max(2000), z.number()])).max(200),
]);

const draft = z.strictObject({
  flowId: z.string().min(1).max(512),
  targetId: z.string().min(1).max(512),
  values: z.record(z.string().max(128), fieldValue),
  whenActive: z.enum(['nothing', 'openShell', 'forwardPort']),
  forward: z.string().max(512),
  localPort: z.string().max(32),
});

/**
 * What a person has chosen and typed, as it stands in the form; answers to questions that are not asked at the moment too, so that none
 * is lost. `forward` is `8080` or `host:port`, `localPort` empty for any free port.
 */
export type Draft = z.infer<typeof draft>;

export const panelActionIds = [
  'connect',
  'forward',
  'extend',
  'giveBack',
  'cancel',
  'copyMessage',
  'copyRequestId',
  'requestAgain',
  'review',
  'signIn',
  'setSymUrl',
  'setSymToken',
  'openSettings',
  'showLog',
  'showOverlap',
  'extendOverlap',
  'chooseInstance',
  'favourites',
  'saveFavourite',
] as const;

const id = z.int().nonnegative();

/** Every message of the page, as the host accepts it; anything else is dropped and logged. */
export const pageMessage = z.discriminatedUnion('type', [
  /** The page is there; with what it kept of the form over a reload. */
  z.strictObject({ type: z.literal('ready'), id, draft: draft.optional() }),
  /** Something was typed or chosen. Answered with the questions that are asked now. */
  z.strictObject({ type: z.literal('draft'), id, draft }),
  z.strictObject({
    type: z.literal('submit'),
    id,
    draft,
    /** What was typed to confirm the use of a flow for emergencies. */
    confirmation: z.string().max(512),
  }),
  z.strictObject({
    type: z.literal('action'),
    id,
    action: z.enum(panelActionIds),
    /** The form as it stands, while there is one. */
    draft: draft.optional(),
  }),
]);

export type PageMessage = z.infer<typeof pageMessage>;
export type PanelActionId = (typeof panelActionIds)[number];

export type HostMessage =
  /** `subject` is kept in the page's state as it is, so that the panel comes back after a reload. */
  | { readonly type: 'view'; readonly view: RequestView; readonly subject: unknown }
  /** Takes the place of what is in the form; `note` says where it comes from. */
  | { readonly type: 'fill'; readonly draft: Draft; readonly note: string }
  | {
      readonly type: 'reply';
      readonly id: number;
      readonly ok: true;
      /** To a draft: the names of the questions that are asked now. */
      readonly asked?: readonly string[];
    }
  | {
      readonly type: 'reply';
      readonly id: number;
      readonly ok: false;
      readonly message: string;
      /** Field name (or `target`, `forward`, `localPort`, `confirmation`) to what is wrong with it. */
      readonly problems: Readonly<Record<string, string>>;
    };

export interface PanelAction {
  readonly id: PanelActionId;
  readonly label: string;
  /** A codicon. */
  readonly icon: string;
  readonly primary: boolean;
}

/** Everything the page shows. */
export interface RequestView {
  /** The host's clock, epoch milliseconds, when the view was made: the page counts from it. */
  readonly now: number;
  readonly title: string;
  readonly instance?: { readonly name: string; readonly id: string; readonly where: string };
  readonly body: FormView | FollowView;
}

export interface Notice {
  readonly text: string;
  readonly level: 'error' | 'warning' | 'info';
  readonly actions: readonly PanelAction[];
}

export interface FormView {
  readonly kind: 'form';
  /** Why nothing can be asked for at all. */
  readonly notice?: Notice;
  /** Present when an instance is meant and nothing reaches it. */
  readonly unreachable?: Unreachable;
  /** What may be asked for. With an instance: what reaches it, or all of its account where nothing does. */
  readonly choices: readonly FormChoice[];
  /** With an instance: what does not reach it, and why. */
  readonly others: readonly { readonly label: string; readonly text: string }[];
  /** The target is settled by the way here; others can be unlocked where there are several. */
  readonly locked: boolean;
  readonly fields: Readonly<Record<string, readonly FormField[]>>;
  /** The questions with a condition that holds now. */
  readonly asked: readonly string[];
  readonly initial: { readonly flowId: string; readonly targetId: string } | undefined;
  /** What the form starts with where the page has kept nothing, and where it comes from. */
  readonly start?: { readonly draft: Draft; readonly note?: string };
  /** What was asked for before. */
  readonly recall: Recall;
  /** Present when an instance is meant: what may happen on activation. */
  readonly afterwards?: {
    readonly instance: string;
    /** Ports that were forwarded through the instance before, as they are typed. */
    readonly forwards: readonly string[];
  };
  readonly labels: Readonly<Record<FormLabel, string>>;
}

export type FormLabel =
  | 'flow'
  | 'target'
  | 'unlock'
  | 'others'
  | 'submit'
  | 'submitEmergency'
  | 'sending'
  | 'countsFrom'
  | 'problems'
  | 'afterwards'
  | 'nothing'
  | 'openShell'
  | 'forwardPort'
  | 'forward'
  | 'forwardHint'
  | 'localPort'
  | 'localPortHint'
  | 'recall'
  | 'favourites'
  | 'saveFavourite'
  | 'reasons'
  | 'undo'
  | 'undone'
  | 'reasonFilled'
  | 'failing'
  | 'would'
  | 'newQuestions'
  | 'askAnyway';

/** Which condition fails for everything there is, and what would reach the instance. */
export interface Unreachable {
  readonly text: string;
  readonly failing: readonly { readonly label: string; readonly text: string }[];
  readonly would: readonly string[];
  readonly actions: readonly PanelAction[];
}

export interface Recall {
  /** The last request of each target that can be chosen, newest first. */
  readonly last: readonly Remembered[];
  readonly favourites: readonly Remembered[];
  /** Newest first. */
  readonly reasons: readonly string[];
}

export interface Remembered {
  readonly label: string;
  /** What is in it, in a few words. */
  readonly hint: string;
  /** Said once it is filled in. */
  readonly note: string;
  readonly draft: Draft;
}

/** One thing that may be asked for. */
export interface FormChoice {
  readonly flowId: string;
  readonly flowLabel: string;
  readonly targetId: string;
  readonly targetLabel: string;
  /** Whether it reaches the instance, and why not; absent when no instance is meant. */
  readonly reach?: { readonly ok: boolean; readonly text: string };
  /** Present for a flow that is for emergencies. */
  readonly breakGlass?: {
    readonly title: string;
    readonly text: string;
    readonly confirmLabel: string;
    readonly confirmHint: string;
  };
  /** Who is asked, once it is sent. */
  readonly asks?: string;
  /** A live grant or an open request for the same target. */
  readonly overlap?: Notice;
  /** Why it cannot be asked for as things stand. */
  readonly blocked?: Notice;
  /** Whether ports can be forwarded under it. */
  readonly forwards: boolean;
  /** Whether the time asked for counts from activation: not where the broker decides on it. */
  readonly timed: boolean;
}

export interface FormField {
  readonly name: string;
  readonly label: string;
  /** `segments`: few answers side by side. `checks`: any number of the options. */
  readonly kind: 'line' | 'lines' | 'whole' | 'check' | 'segments' | 'select' | 'checks';
  readonly required: boolean;
  /** Behind the label of a question that may be left out. */
  readonly optionalText?: string;
  /** Characters, counted while typing. */
  readonly maxLength?: number;
  readonly hint?: string;
  readonly options?: readonly { readonly value: string | number; readonly label: string }[];
  readonly initial?: string | number | boolean;
  /** Asked under a condition: shown only while `asked` names it. */
  readonly conditional?: true;
}

export interface FollowView {
  readonly kind: 'follow';
  /** Asked for in an emergency: said before everything else. */
  readonly alarm?: string;
  /** What was asked, folded into facts. */
  readonly facts: readonly Fact[];
  readonly headline: string;
  readonly detail?: string;
  /** The words of whoever refused, or of AWS, as they were said. */
  readonly quote?: string;
  /** What comes next, or what to do next. */
  readonly next?: string;
  readonly tone: 'waiting' | 'active' | 'over' | 'bad' | 'unknown';
  /** While active: when it ends, epoch milliseconds, and what bounds it. */
  readonly countdown?: {
    readonly endsAt: number;
    readonly label: string;
    readonly note: string;
    /** Epoch milliseconds: from here on it is nearly over. */
    readonly soonAt: number;
  };
  readonly steps: readonly TimelineStep[];
  readonly actions: readonly PanelAction[];
  /** Below the actions: what is not possible, and why. */
  readonly remark?: string;
  readonly labels: {
    readonly timeline: string;
    readonly summary: string;
    readonly next: string;
    /** How long a step has taken, with `{0}` seconds, or `{0}` minutes and `{1}` seconds. */
    readonly seconds: string;
    readonly minutes: string;
  };
}

export interface Fact {
  readonly label: string;
  readonly value: string;
  /** What copies it. */
  readonly copy?: PanelAction;
}

export interface TimelineStep {
  readonly state: 'done' | 'current' | 'todo' | 'bad' | 'unknown';
  /** The state by word, for a screen reader. */
  readonly stateWord: string;
  readonly label: string;
  /** `14:05:10`. */
  readonly at?: string;
  /** While it is the current one: since when, epoch milliseconds; the page counts up. */
  readonly since?: number;
  readonly detail?: string;
}
