export type Answer = string | number | boolean | (string | number)[];

/** The part of a question that takes the answer. `element` carries the labels and descriptions. */
export interface Control {
  readonly element: HTMLElement;
  readonly value: () => Answer | undefined;
  readonly setInvalid: (invalid: boolean) => void;
  readonly focus: () => void;
}

/** What the control of a question is tied to for a screen reader. */
export interface ControlIds {
  readonly id: string;
  readonly describedBy: string;
}
