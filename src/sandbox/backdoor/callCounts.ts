/** How often each operation of the AWS services was called, refused calls and repeated ones included. */
export class CallCounts {
  readonly #counts = new Map<string, number>();

  note(service: string, operation: string): void {
    const name = `${service}:${operation}`;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** By `service:Operation`. */
  list(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  clear(): void {
    this.#counts.clear();
  }
}
