type Child = Node | string | undefined;

/** Makes an element. Text goes in as text nodes, never as markup. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | boolean | undefined>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter(child => child !== undefined));
  return element;
}

/** A codicon as decoration. */
export function icon(name: string, spin = false): HTMLElement {
  return el('span', {
    class: `codicon codicon-${name}${spin ? ' codicon-modifier-spin' : ''}`,
    'aria-hidden': 'true',
  });
}

/** Said once by a screen reader, when it has nothing else to say. */
export function announce(text: string): void {
  const region = document.getElementById('announcer');
  if (region) region.textContent = text;
}

/** Gives the parent these children. What stays is not moved, so that it keeps the focus. */
export function arrange(parent: HTMLElement, children: readonly HTMLElement[]): void {
  for (const child of [...parent.children]) {
    if (!children.some(wanted => wanted === child)) child.remove();
  }
  let next = parent.firstElementChild;
  for (const child of children) {
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
  }
}

/** A part of the page that is built anew only when what it shows has changed, so that focus and selection stay. */
export class Part {
  readonly element: HTMLElement;
  #shown = '';

  constructor(element: HTMLElement) {
    this.element = element;
  }

  /** Has it built anew the next time it is shown, whatever it shows. */
  forget(): void {
    this.#shown = '';
  }

  show(content: unknown, build: () => readonly Child[]): void {
    const key = JSON.stringify(content);
    if (key === this.#shown) return;
    this.#shown = key;
    this.element.replaceChildren(...build().filter(child => child !== undefined));
  }
}
