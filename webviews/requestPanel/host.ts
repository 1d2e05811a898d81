import type { Draft, HostMessage, PageMessage } from '../../src/shared/requestPanel';

/** What survives a reload of the window: what the panel is about, and what was typed. */
export interface PageState {
  readonly subject?: unknown;
  readonly draft?: Draft;
}

interface VsCodeApi {
  postMessage(message: PageMessage): void;
  getState(): PageState | undefined;
  setState(state: PageState): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

export type Reply = Extract<HostMessage, { type: 'reply' }>;
type WithoutId<M> = M extends unknown ? Omit<M, 'id'> : never;

/** The far side of the page. Every request is answered; the answer comes as a promise that never rejects. */
export class Host {
  readonly #api = acquireVsCodeApi();
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #nextId = 1;

  /** Called with every message that is not a reply. */
  listen(onMessage: (message: Exclude<HostMessage, { type: 'reply' }>) => void): void {
    window.addEventListener('message', (event: MessageEvent<HostMessage>) => {
      const message = event.data;
      if (message.type !== 'reply') {
        onMessage(message);
        return;
      }
      const resolve = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      resolve?.(message);
    });
  }

  ask(message: WithoutId<PageMessage>): Promise<Reply> {
    const id = this.#nextId++;
    return new Promise(resolve => {
      this.#waiting.set(id, resolve);
      this.#api.postMessage({ ...message, id });
    });
  }

  get state(): PageState {
    return this.#api.getState() ?? {};
  }

  keep(state: PageState): void {
    this.#api.setState({ ...this.state, ...state });
  }
}
