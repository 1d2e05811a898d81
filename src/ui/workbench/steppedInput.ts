import * as vscode from 'vscode';

/** Where a question stands in a row of them. */
export interface Step {
  readonly title: string;
  readonly step: number;
  readonly totalSteps: number;
  /** Whether there is a question to go back to. */
  readonly back: boolean;
}

/** What was answered; `back`: to the question before; undefined: dismissed, so ask no more. */
export type StepAnswer<T> = { readonly value: T } | 'back' | undefined;

export interface ListQuestion<T extends vscode.QuickPickItem> {
  readonly items: readonly T[];
  readonly placeholder: string;
  /** Any number, at least one; else exactly one. */
  readonly many?: boolean;
  readonly selected?: (item: T) => boolean;
  /** Makes an item of what was typed, for what is not in the list. */
  readonly typed?: (text: string) => T | undefined;
  /** Stays when the focus goes elsewhere, as while an editor is read. */
  readonly stays?: boolean;
}

/** Asks for items of a list, as one of several steps. */
export function pickStep<T extends vscode.QuickPickItem>(
  step: Step,
  question: ListQuestion<T>,
): Promise<StepAnswer<readonly T[]>> {
  const pick = vscode.window.createQuickPick<T>();
  pick.placeholder = question.placeholder;
  pick.canSelectMany = question.many ?? false;
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.items = question.items;
  const chosen = question.items.filter(item => question.selected?.(item));
  if (question.many) pick.selectedItems = chosen;
  // An empty choice would take the mark off the first line, and Enter would do nothing.
  else if (chosen.length > 0) pick.activeItems = chosen;
  if (question.typed) {
    pick.onDidChangeValue(text => {
      const typed = question.typed?.(text.trim());
      pick.items = typed ? [typed, ...question.items] : question.items;
    });
  }
  return answerOf<T, readonly T[]>(pick, step, question.stays ?? false, () => {
    if (pick.selectedItems.length > 0) return [...pick.selectedItems];
    pick.placeholder = vscode.l10n.t('Choose at least one');
    return undefined;
  });
}

export interface TextQuestion {
  readonly prompt: string;
  readonly value?: string;
  readonly placeholder?: string;
  readonly fault: (text: string) => string | undefined;
}

/** Asks for a line of text, as one of several steps. */
export function askStep(step: Step, question: TextQuestion): Promise<StepAnswer<string>> {
  const box = vscode.window.createInputBox();
  box.prompt = question.prompt;
  box.value = question.value ?? '';
  box.placeholder = question.placeholder;
  // Nobody has typed anything wrong yet when the box opens.
  box.onDidChangeValue(text => (box.validationMessage = text === '' ? undefined : question.fault(text)));
  return answerOf<never, string>(box, step, true, () => {
    box.validationMessage = question.fault(box.value);
    return box.validationMessage === undefined ? box.value : undefined;
  });
}

function answerOf<T extends vscode.QuickPickItem, R>(
  input: vscode.QuickPick<T> | vscode.InputBox,
  { title, step, totalSteps, back }: Step,
  stays: boolean,
  accept: () => R | undefined,
): Promise<StepAnswer<R>> {
  input.title = title;
  input.step = step;
  input.totalSteps = totalSteps;
  input.ignoreFocusOut = stays;
  input.buttons = back ? [vscode.QuickInputButtons.Back] : [];
  return new Promise(resolve => {
    const close = (answer: StepAnswer<R>) => {
      resolve(answer);
      input.dispose();
    };
    input.onDidAccept(() => {
      const answer = accept();
      if (answer !== undefined) close({ value: answer });
    });
    input.onDidTriggerButton(button => {
      if (button === vscode.QuickInputButtons.Back) close('back');
    });
    input.onDidHide(() => close(undefined));
    input.show();
  });
}

/**
 * Asks one question after another, each adding to what is known, with a way back to the one before. Gives undefined when the person
 * leaves.
 */
export async function askInTurn<Draft>(
  draft: Draft,
  questions: readonly ((draft: Draft, at: number) => Promise<StepAnswer<Draft>>)[],
): Promise<Draft | undefined> {
  let known = draft;
  for (let at = 0; at < questions.length;) {
    const answer = await questions[at]?.(known, at);
    if (answer === undefined) return undefined;
    if (answer === 'back') {
      at = Math.max(0, at - 1);
      continue;
    }
    known = answer.value;
    at += 1;
  }
  return known;
}
