/**
 * What a long-running command has started and must take down again, in reverse order: on Ctrl-C, SIGTERM, SIGHUP, or
 * when it is done. A second Ctrl-C does not wait.
 */
export class Lifetime {
  /** @type {{ name: string, end: () => void | Promise<void>, force?: () => void }[]} */
  #owned = [];
  /** @type {Promise<void> | undefined} */
  #ending;
  #firstSignalAt = 0;
  #resolveEnded = () => {};
  /** Settles after everything was taken down, with the name of the signal when there was one. @type {Promise<void>} */
  ended = new Promise(resolve => (this.#resolveEnded = resolve));
  /** @type {NodeJS.Signals | undefined} */
  signal;

  constructor() {
    for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
      process.on(signal, () => this.#onSignal(signal));
    }
    this.#endWithNpm();
  }

  /**
   * npm runs a script through a shell and hands signals to that shell only, which ends without passing them on. What is
   * left to see here is that the parent is gone.
   */
  #endWithNpm() {
    if (process.env['npm_lifecycle_event'] === undefined || process.platform === 'win32') return;
    const parent = process.ppid;
    const watch = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(watch);
      this.signal ??= 'SIGTERM';
      void this.end();
    }, 100);
    watch.unref();
  }

  get isEnding() {
    return this.#ending !== undefined;
  }

  /**
   * @param {string} name
   * @param {() => void | Promise<void>} end
   * @param {() => void} [force] called when the user does not want to wait
   */
  own(name, end, force) {
    this.#owned.push({ name, end, ...(force ? { force } : {}) });
  }

  /** Takes everything down. Safe to call more than once. */
  end() {
    this.#ending ??= this.#endAll();
    return this.#ending;
  }

  async #endAll() {
    for (const { name, end } of this.#owned.reverse()) {
      try {
        await end();
      } catch (error) {
        console.error(`could not end ${name}: ${error instanceof Error ? error.message : String(error)}`);
        process.exitCode = 1;
      }
    }
    this.#resolveEnded();
  }

  /** @param {NodeJS.Signals} signal */
  #onSignal(signal) {
    // npm passes the signal on that the terminal has already sent to the whole foreground group: one Ctrl-C, two signals.
    const sinceFirst = Date.now() - this.#firstSignalAt;
    if (this.signal !== undefined) {
      if (sinceFirst < 750) return;
      for (const { force } of this.#owned) force?.();
      process.exit(130);
    }
    this.signal = signal;
    this.#firstSignalAt = Date.now();
    void this.end();
  }
}
