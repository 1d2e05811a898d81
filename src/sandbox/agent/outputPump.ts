import type { Clock } from '../../base/clock';
import { Emitter, type Event } from '../../base/events';
import type { Disposable } from '../../base/lifecycle';
import { PayloadType } from '../../ssm/wire/clientMessage';
import type { AgentChannel } from './agentChannel';

/** What the agent puts into one stream message at most. */
export const STREAM_PAYLOAD_BYTES = 1_024;
/** Bytes waiting above which sources are to stop, and below which they may go on. */
const HIGH_WATER_BYTES = 256 * 1_024;
const LOW_WATER_BYTES = 64 * 1_024;

export interface OutputPumpOptions {
  readonly channel: AgentChannel;
  readonly clock: Clock;
  readonly sleepMs: number;
  /** Never cuts a UTF-8 character in two, as the agent does for terminals and commands. */
  readonly wholeCharacters: boolean;
  readonly encrypt?: ((plaintext: Uint8Array) => Uint8Array) | undefined;
}

/** Carries a worker's bytes to the channel: in order, in payloads of at most 1024 bytes, at the agent's pace. */
export class OutputPump implements Disposable {
  readonly #options: OutputPumpOptions;
  readonly #onDidDrain = new Emitter<void>();
  readonly #subscription: Disposable;
  #queue: { readonly payloadType: number; bytes: Uint8Array }[] = [];
  #head = 0;
  #waitingBytes = 0;
  #sleep: Disposable | undefined;
  #full = false;
  #disposed = false;

  /** Fires when sources may be read again, and when nothing is left. */
  readonly onDidDrain: Event<void> = this.#onDidDrain.event;

  constructor(options: OutputPumpOptions) {
    this.#options = options;
    this.#subscription = options.channel.onDidDrain(() => this.#run());
  }

  /** Whether sources may be read. */
  get writable(): boolean {
    return !this.#full;
  }

  get idle(): boolean {
    return this.#waitingBytes === 0;
  }

  /** Queues bytes; they must not change afterwards. */
  write(bytes: Uint8Array, payloadType: number = PayloadType.Output): void {
    if (this.#disposed || bytes.length === 0) return;
    this.#queue.push({ payloadType, bytes });
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes >= HIGH_WATER_BYTES) this.#full = true;
    this.#run();
  }

  dispose(): void {
    this.#disposed = true;
    this.#subscription.dispose();
    this.#sleep?.dispose();
    this.#queue = [];
    this.#waitingBytes = 0;
    this.#onDidDrain.dispose();
  }

  #run(): void {
    while (this.#sleep === undefined && this.#waitingBytes > 0 && this.#options.channel.writable) {
      const { payloadType, payload } = this.#next();
      this.#waitingBytes -= payload.length;
      this.#options.channel.send(payloadType, this.#options.encrypt?.(payload) ?? payload);
      if (this.#options.sleepMs > 0) {
        this.#sleep = this.#options.clock.schedule(this.#options.sleepMs, () => {
          this.#sleep = undefined;
          this.#run();
        });
      }
    }
    if (this.#disposed) return;
    const cleared = this.#full && this.#waitingBytes <= LOW_WATER_BYTES;
    if (cleared) this.#full = false;
    if (cleared || this.#waitingBytes === 0) this.#onDidDrain.fire();
  }

  /** The next payload: as much as fits of what is queued and of one type. */
  #next(): { payloadType: number; payload: Uint8Array } {
    const parts: Uint8Array[] = [];
    let payloadType: number = PayloadType.Output;
    let room = STREAM_PAYLOAD_BYTES;
    for (
      let entry = this.#queue[this.#head];
      entry !== undefined && room > 0;
      entry = this.#queue[this.#head]
    ) {
      if (parts.length === 0) payloadType = entry.payloadType;
      else if (entry.payloadType !== payloadType) break;
      const fits = entry.bytes.length <= room;
      const length = fits ? entry.bytes.length : this.#cutAt(entry.bytes, room);
      if (length === 0) break;
      parts.push(entry.bytes.subarray(0, length));
      room -= length;
      if (!fits) {
        entry.bytes = entry.bytes.subarray(length);
        break;
      }
      this.#head += 1;
    }
    if (this.#head > 1_024 || this.#head === this.#queue.length) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
    const [first] = parts;
    return { payloadType, payload: parts.length === 1 && first !== undefined ? first : Buffer.concat(parts) };
  }

  #cutAt(bytes: Uint8Array, limit: number): number {
    return this.#options.wholeCharacters ? characterBoundary(bytes, limit) : limit;
  }
}

/** The last position at or before `limit` at which no UTF-8 character is cut. */
function characterBoundary(bytes: Uint8Array, limit: number): number {
  const continues = (at: number) => ((bytes[at] ?? 0) & 0xc0) === 0x80;
  let at = limit;
  while (at > 0 && limit - at < 4 && continues(at)) at -= 1;
  return continues(at) ? limit : at;
}
