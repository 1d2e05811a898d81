/** The field types that Sym's Terraform provider knows. */
export type PromptFieldType =
  'string' | 'int' | 'bool' | 'duration' | 'slack_user' | 'slack_user_list' | 'str_list' | 'int_list';

/** One question of a flow's form. */
export interface PromptField {
  readonly name: string;
  readonly label: string;
  readonly type: PromptFieldType;
  readonly required: boolean;
  readonly visible: boolean;
  readonly default?: string | number | boolean;
  /** For durations written as `30m`, `1h`, `1d`. */
  readonly allowedValues?: readonly (string | number)[];
  /** Absent: always asked. */
  readonly when?: FieldCondition;
}

/** A question that depends on another: asked while the answer to the earlier question `field` is one of these, or holds one of these. */
export interface FieldCondition {
  readonly field: string;
  /** As the settings write them; durations as `30m`. At least one. */
  readonly equals: readonly (string | number | boolean)[];
}

/** What may be asked for: a permission set in an account, and the tags an instance must carry to be reached by it. */
export interface AccessTarget {
  /** Names the target to the broker: a Sym SRN, or a name of ours for AWS node access. */
  readonly id: string;
  readonly label: string;
  readonly accountId: string;
  /** The role that Identity Center hands out. Absent where the broker itself hands out credentials. */
  readonly permissionSet?: string;
  /** The role to ask as, where the broker is AWS itself. Absent: the first standing role that a profile has in the account. */
  readonly requestAs?: string;
  /** The role to decide about others' requests as, where the broker is AWS itself. Absent: requests are decided elsewhere. */
  readonly approveAs?: string;
  /** Every tag must match; values may hold `*` and `?` as IAM's StringLike reads them. Empty reaches every instance of the account. */
  readonly instanceTags: Readonly<Record<string, string>>;
  /** The permission set's `session_duration`, which bounds every AWS session; milliseconds. */
  readonly sessionDurationMs?: number;
}

export type BrokerId = 'sym' | 'aws';

/** A way of asking: which broker, which targets, which questions. Comes from the user's settings. */
export interface Flow {
  readonly id: string;
  readonly broker: BrokerId;
  readonly label: string;
  readonly targets: readonly AccessTarget[];
  readonly fields: readonly PromptField[];
  /** Where approvers are asked, for the reader: `#sym-requests`. */
  readonly approvers?: string;
  readonly breakGlass: boolean;
}

/** One thing that can be asked for, with the way of asking. */
export interface FlowTarget {
  readonly flow: Flow;
  readonly target: AccessTarget;
}

export function findFlowTarget(
  flows: readonly Flow[],
  flowId: string,
  targetId: string,
): FlowTarget | undefined {
  for (const flow of flows) {
    if (flow.id !== flowId) continue;
    const target = flow.targets.find(candidate => candidate.id === targetId);
    if (target) return { flow, target };
  }
  return undefined;
}
