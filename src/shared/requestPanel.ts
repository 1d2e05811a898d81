import * as z from 'zod';

// What the host and the request page say to each other. The page sends requests with an id, and each is answered once; the
// host sends the whole view whenever it changes. All text arrives worded for the reader.

const fieldValue = z.union([
  z.string().max(4096),
  z.number(),
  z.boolean(),
  z.array(z.string().max(256)).max(64),
]);

export const panelActionIds = [
  'connect',
  'forward',
  'extend',
  'giveBack',
  'copyMessage',
  'requestAgain',
  'signIn',
  'setSymUrl',
  'setSymToken',
  'openSettings',
  'showLog',
  'showOverlap',
] as const;

/** Every message of the page, as the host accepts it; anything else is dropped and logged. */
export const pageMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready'), id: z.int().nonnegative() }),
  z.strictObject({
    type: z.literal('submit'),
    id: z.int().nonnegative(),
    flowId: z.string().min(1).max(512),
    targetId: z.string().min(1).max(512),
    values: z.record(z.string().max(128), fieldValue),
    openShell: z.boolean(),
  }),
  z.strictObject({
    type: z.literal('action'),
    id: z.int().nonnegative(),
    action: z.enum(panelActionIds),
    /** What is chosen in the form, while there is one. */
    chosen: z.strictObject({ flowId: z.string().max(512), targetId: z.string().max(512) }).optional(),
  }),
]);

export type PageMessage = z.infer<typeof pageMessage>;
export type PanelActionId = (typeof panelActionIds)[number];

export type HostMessage =
  /** `subject` is kept in the page's state as it is, so that the panel comes back after a reload. */
  | { readonly type: 'view'; readonly view: RequestView; readonly subject: unknown }
  | { readonly type: 'reply'; readonly id: number; readonly ok: true }
  | {
      readonly type: 'reply';
      readonly id: number;
      readonly ok: false;
      readonly message: string;
      /** Field name (or `target`) to what is wrong with it. */
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

export interface FormView {
  readonly kind: 'form';
  /** Why nothing can be asked for, or what to know before asking. */
  readonly notice?: {
    readonly text: string;
    readonly level: 'error' | 'info';
    readonly action?: PanelAction;
  };
  readonly choices: readonly FormChoice[];
  readonly fields: Readonly<Record<string, readonly FormField[]>>;
  readonly initial: { readonly flowId: string; readonly targetId: string } | undefined;
  /** Whether a shell may be opened on activation: only when an instance is meant. */
  readonly canOpenShell: boolean;
  readonly labels: {
    readonly flow: string;
    readonly target: string;
    readonly submit: string;
    readonly sending: string;
    readonly openShell: string;
    readonly required: string;
    readonly countsFrom: string;
  };
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
  readonly breakGlassText?: string;
  /** Who is asked, once it is sent. */
  readonly asks?: string;
  /** A live grant for the same target. */
  readonly overlap?: { readonly text: string; readonly action: PanelAction };
}

export interface FormField {
  readonly name: string;
  readonly label: string;
  readonly kind: 'line' | 'lines' | 'number' | 'check' | 'choice' | 'list';
  readonly required: boolean;
  /** Behind the label of a question that may be left out. */
  readonly optionalText?: string;
  readonly maxLength?: number;
  readonly hint?: string;
  readonly options?: readonly { readonly value: string | number; readonly label: string }[];
  readonly initial?: string | number | boolean;
}

export interface FollowView {
  readonly kind: 'follow';
  /** What was asked, folded into facts. */
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly headline: string;
  readonly detail?: string;
  readonly tone: 'waiting' | 'active' | 'over' | 'bad';
  /** While active: when it ends, epoch milliseconds, and what bounds it. */
  readonly countdown?: { readonly endsAt: number; readonly label: string; readonly note: string };
  readonly steps: readonly TimelineStep[];
  readonly actions: readonly PanelAction[];
  readonly labels: { readonly timeline: string; readonly summary: string };
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
