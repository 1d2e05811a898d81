import type { Clock } from '../../base/clock';
import { Emitter, type Event } from '../../base/events';
import type { Disposable } from '../../base/lifecycle';
import { allocateFrame, HEADER_BYTES, PayloadType } from '../../ssm/wire/clientMessage';
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

  /** Queues bytes, in one piece or in several that belong together; they must not change afterwards. */
  write(bytes: Uint8Array | readonly Uint8Array[], payloadType: number = PayloadType.Output): void {
    if (this.#disposed) return;
    for (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) {
      if (piece.length === 0) continue;
      this.#queue.push({ payloadType, bytes: piece });
      this.#waitingBytes += piece.length;
    }
    if (this.#waitingBytes >= HIGH_WATER_BYTES) this.#full = true;
    if (this.#waitingBytes > 0) this.#run();
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
      this.#sendNext();
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

  /** Sends the next payload: as much as fits of what is queued and of one type. */
  #sendNext(): void {
    const { channel, encrypt } = this.#options;
    const payloadType = this.#queue[this.#head]?.payloadType ?? PayloadType.Output;
    const frame = allocateFrame(Math.min(STREAM_PAYLOAD_BYTES, this.#waitingBytes));
    let at = HEADER_BYTES;
    for (let entry = this.#queue[this.#head]; entry !== undefined; entry = this.#queue[this.#head]) {
      const room = frame.length - at;
      if (room === 0 || entry.payloadType !== payloadType) break;
      const fits = entry.bytes.length <= room;
      const length = fits ? entry.bytes.length : this.#cutAt(entry.bytes, room);
      frame.set(fits ? entry.bytes : entry.bytes.subarray(0, length), at);
      at += length;
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
    this.#waitingBytes -= at - HEADER_BYTES;
    if (encrypt === undefined)
      channel.sendFrame(payloadType, at === frame.length ? frame : frame.subarray(0, at));
    else channel.send(payloadType, encrypt(frame.subarray(HEADER_BYTES, at)));
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
