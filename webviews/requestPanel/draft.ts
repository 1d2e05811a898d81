/** What a person has chosen and typed, as it stands in the form. */
export interface Draft {
  readonly flowId: string;
  readonly targetId: string;
  readonly values: Readonly<Record<string, string | number | boolean>>;
  readonly openShell: boolean;
}
