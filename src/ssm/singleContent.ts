import type { Disposable } from '../base/lifecycle';
import type { LocalConnection } from './localConnection';
import { CONNECT_FAILED, HALF_CLOSE_GRACE_MS, type PortContent, type PortHost } from './portContent';
import { ReadGate } from './readGate';
import { FlagValue } from './wire/clientMessage';

const EARLY_LIMIT_BYTES = 1024 * 1024;

/**
 * One connection at a time, its bytes as they are. `basic`: the next one waits until the agent has hung up the one before and
 * then redials by itself. `raw`: the session is over with its connection (protocol notes, section 9.1).
 */
export class SingleContent implements PortContent {
  readonly mode: 'basic' | 'raw';
  readonly #host: PortHost;
  readonly #gate: ReadGate;
  readonly #waiting: LocalConnection[] = [];
  #current: LocalConnection | undefined;
  /** The agent has been told to hang up and has not acknowledged it: what comes now belongs to the connection before. */
  #hangingUp = false;
  /** What the destination said before anybody was connected: the agent dials at once, and many servers speak first. */
  readonly #early: Uint8Array[] = [];
  #earlyBytes = 0;
  #grace: Disposable | undefined;

  constructor(mode: 'basic' | 'raw', host: PortHost) {
    this.mode = mode;
    this.#host = host;
    this.#gate = new ReadGate(reading => host.setReading(reading));
  }

  get connections(): number {
    return this.#waiting.length + (this.#current ? 1 : 0);
  }

  attach(connection: LocalConnection): void {
    this.#waiting.push(connection);
    this.#takeNext();
  }

  readOutput(target: Buffer, offset: number): number {
    const connection = this.#current;
    if (connection === undefined) return 0;
    const count = connection.read(target, offset, target.length);
    if (connection.isDrained) this.#startGrace(connection);
    return count;
  }

  onOutput(data: Uint8Array): void {
    const connection = this.#current;
    if (this.#hangingUp) return;
    if (connection === undefined) {
      this.#early.push(data);
      this.#earlyBytes += data.length;
      if (this.#earlyBytes > EARLY_LIMIT_BYTES) this.#host.setReading(false);
      return;
    }
    if (!connection.write(data)) this.#gate.onSlow(connection);
    if (this.#grace) this.#startGrace(connection);
  }

  onConnectError(): void {
    if (this.#current) this.#finish(this.#current, CONNECT_FAILED);
  }

  onFlushed(): void {
    if (!this.#hangingUp) return;
    this.#hangingUp = false;
    this.#takeNext();
  }

  dispose(): void {
    const left = [...(this.#current ? [this.#current] : []), ...this.#waiting.splice(0)];
    this.#current = undefined;
    this.#grace?.dispose();
    for (const connection of left) {
      connection.end();
      this.#host.onConnectionClosed(connection);
    }
  }

  #takeNext(): void {
    if (this.#current || this.#hangingUp) return;
    let next = this.#waiting.shift();
    while (next?.isClosed) {
      this.#host.onConnectionClosed(next);
      next = this.#waiting.shift();
    }
    if (next === undefined) return;
    const connection = next;
    this.#current = connection;
    connection.attach({
      onReadable: () => (connection.isDrained ? this.#startGrace(connection) : this.#host.poke()),
      onDrain: () => this.#gate.onRelief(connection),
      onClosed: () => {
        this.#gate.onRelief(connection);
        this.#finish(connection);
      },
    });
    for (const data of this.#early.splice(0)) this.onOutput(data);
    if (this.#earlyBytes > EARLY_LIMIT_BYTES) this.#host.setReading(true);
    this.#earlyBytes = 0;
  }

  #startGrace(connection: LocalConnection): void {
    this.#grace?.dispose();
    this.#grace = this.#host.clock.schedule(HALF_CLOSE_GRACE_MS, () => this.#finish(connection));
  }

  #finish(connection: LocalConnection, failure?: string): void {
    if (this.#current !== connection) return;
    this.#grace?.dispose();
    this.#grace = undefined;
    this.#current = undefined;
    if (failure === undefined) connection.end();
    else connection.fail();
    this.#host.onConnectionClosed(connection, failure);
    if (this.mode === 'raw') {
      this.#host.onSpent();
      return;
    }
    this.#hangingUp = true;
    this.#host.sendFlag(FlagValue.DisconnectToPort);
  }
}
