import { CongestionWindow, DEFAULT_WINDOW, type WindowLimits } from './congestion';
import { RoundTrip } from './roundTrip';

interface InFlight {
  readonly sequenceNumber: number;
  /** Let go of with the acknowledgement, though the entry waits for those before it. */
  frame: Uint8Array;
  firstSentAt: number;
  sentAt: number;
  transmissions: number;
  acknowledged: boolean;
  /** Karn's rule: nobody knows which of several copies was acknowledged, or when, so no round trip is measured by it. */
  ambiguous: boolean;
  /** Acknowledgements counted when this had been sent half as often as it takes to write it off. */
  evidence: number | undefined;
  /** Probably received, its acknowledgement lost for good: does not count against the window. */
  suspect: boolean;
}

/**
 * Transmissions after which a message to an old agent no longer holds up others, after which the agent is asked for a sign of
 * life, and after which, given that sign, the message counts as received.
 */
const SUSPECT_AFTER = 5;
const PROBE_AFTER = 10;
const WRITE_OFF_AFTER = 20;

/** Messages between the oldest unacknowledged and the newest; the agent holds ten times as many that came early. */
const LONGEST_SPAN = 4096;

const NOTHING = new Uint8Array(0);

/** A message overtaken by the acknowledgement of one sent this much later is taken for lost without waiting for its time-out. */
const OVERTAKEN_FLOOR_MS = 30;

/**
 * The sending half of the stream: numbers messages from 0, keeps each frame until it is acknowledged, says which are due again.
 * Pure: every method is told the time, nothing is sent from here.
 */
export class SendWindow {
  readonly #roundTrip = new RoundTrip();
  readonly #congestion: CongestionWindow;
  /** Unacknowledged messages in order; acknowledged ones wait here until those before them are too. */
  readonly #flight: InFlight[] = [];
  #head = 0;
  #unacknowledged = 0;
  #suspects = 0;
  #probeWanted = false;
  #bytes = 0;
  #nextSequence = 0;
  /** Losses of messages numbered below this belong to a loss event that has already been paid for. */
  #recoverUntil = 0;
  /** When the most recently sent among the acknowledged messages left. */
  #latestAcknowledgedSentAt = Number.NEGATIVE_INFINITY;

  #acknowledgements = 0;
  /** Nothing is due by its time-out before this; may be too early once what it was for has been acknowledged. */
  #earliestDue = Number.POSITIVE_INFINITY;

  /**
   * Set for agents that acknowledge each message once only: what has been sent many times while later messages were being
   * acknowledged then counts as received. Without that one lost acknowledgement would block the window for good.
   */
  writesOffLostAcks = false;

  constructor(limits: WindowLimits = DEFAULT_WINDOW) {
    this.#congestion = new CongestionWindow(limits);
  }

  get roundTrip(): RoundTrip {
    return this.#roundTrip;
  }

  get windowSize(): number {
    return this.#congestion.size;
  }

  /** Messages sent and not acknowledged. */
  get inFlight(): number {
    return this.#unacknowledged;
  }

  get bytesInFlight(): number {
    return this.#bytes;
  }

  /** False when the next message has to wait for an acknowledgement. */
  get hasRoom(): boolean {
    if (this.#flight.length - this.#head >= LONGEST_SPAN) return false;
    return this.#unacknowledged - this.#suspects < this.#congestion.size;
  }

  /** True when a quarter of the window is free; reached for sure, as everything in flight is acknowledged or sent again. */
  get hasRoomForBatch(): boolean {
    return this.hasRoom && (this.#unacknowledged - this.#suspects) * 4 <= this.#congestion.size * 3;
  }

  /** True once after a message has been repeated so often that a new one is needed to tell a lost acknowledgement from a dead agent. */
  takeProbeWanted(): boolean {
    const wanted = this.#probeWanted;
    this.#probeWanted = false;
    return wanted;
  }

  /** The number the next message must carry. */
  get nextSequence(): number {
    return this.#nextSequence;
  }

  /** When the oldest unacknowledged message was first sent, in epoch milliseconds. */
  get waitingSince(): number | undefined {
    return this.#flight[this.#head]?.firstSentAt;
  }

  /** Records that the message numbered `nextSequence` goes out as `frame` now. The frame must not be changed afterwards. */
  sent(frame: Uint8Array, now: number): void {
    this.#flight.push({
      sequenceNumber: this.#nextSequence++,
      frame,
      firstSentAt: now,
      sentAt: now,
      transmissions: 1,
      acknowledged: false,
      ambiguous: false,
      evidence: undefined,
      suspect: false,
    });
    const due = now + this.#roundTrip.timeoutMs(1);
    if (due < this.#earliestDue) this.#earliestDue = due;
    this.#unacknowledged++;
    this.#bytes += frame.length;
  }

  /** False for a number that is not waiting: acknowledged before, or never sent. */
  acknowledge(sequenceNumber: number, now: number): boolean {
    const first = this.#flight[this.#head];
    if (first === undefined) return false;
    const entry = this.#flight[this.#head + sequenceNumber - first.sequenceNumber];
    if (entry === undefined || entry.acknowledged || sequenceNumber < first.sequenceNumber) return false;
    const wasFull = this.#unacknowledged * 2 >= this.#congestion.size;
    this.#acknowledgements++;
    this.#release(entry);
    if (!entry.ambiguous) {
      this.#roundTrip.sample(now - entry.sentAt);
      this.#congestion.onCleanAck(this.#roundTrip, wasFull);
      if (entry.sentAt > this.#latestAcknowledgedSentAt) this.#latestAcknowledgedSentAt = entry.sentAt;
    }
    this.#dropAcknowledged();
    return true;
  }

  /** The frames that have to be sent again now, oldest first. They count as sent. */
  takeDue(now: number): Uint8Array[] {
    const due: Uint8Array[] = [];
    this.#earliestDue = Number.POSITIVE_INFINITY;
    for (let index = this.#head; index < this.#flight.length; index++) {
      const entry = this.#flight[index];
      if (entry === undefined || entry.acknowledged) continue;
      if (now >= this.#dueAt(entry)) {
        if (this.writesOffLostAcks && this.#doubt(entry)) {
          this.#release(entry);
          continue;
        }
        this.#noteLoss(entry);
        entry.sentAt = now;
        entry.transmissions++;
        entry.ambiguous = true;
        due.push(entry.frame);
      }
      this.#earliestDue = Math.min(this.#earliestDue, this.#dueAt(entry));
    }
    this.#dropAcknowledged();
    return due;
  }

  /** When `takeDue` should be asked next, in epoch milliseconds, perhaps a little early; undefined while nothing is in flight. */
  get nextDueAt(): number | undefined {
    const oldest = this.#flight[this.#head];
    return oldest && Math.min(this.#earliestDue, this.#dueAt(oldest));
  }

  /** A new connection: everything unacknowledged is due at once. */
  restart(now: number): void {
    this.#congestion.restart();
    this.#recoverUntil = this.#nextSequence;
    this.#startAnew(now, now - this.#roundTrip.timeoutMs(1), 0);
  }

  /** The clock jumped or reading was paused: waiting starts anew, as nobody could have acknowledged meanwhile. */
  rebase(now: number): void {
    this.#startAnew(now, now, 1);
  }

  #startAnew(now: number, sentAt: number, transmissions: number): void {
    this.#latestAcknowledgedSentAt = Number.NEGATIVE_INFINITY;
    this.#suspects = 0;
    for (const entry of this.#flight) {
      entry.suspect = false;
      entry.firstSentAt = now;
      entry.sentAt = sentAt;
      entry.transmissions = transmissions;
      entry.ambiguous = true;
      entry.evidence = undefined;
    }
    this.#earliestDue = sentAt + this.#roundTrip.timeoutMs(1);
  }

  #dueAt(entry: InFlight): number {
    const patience = Math.max(OVERTAKEN_FLOOR_MS, this.#roundTrip.smoothedMs / 2);
    const overtaken = !entry.ambiguous && this.#latestAcknowledgedSentAt - entry.sentAt > patience;
    return overtaken ? entry.sentAt : entry.sentAt + this.#roundTrip.timeoutMs(entry.transmissions);
  }

  /** True when the message has to be taken for received. */
  #doubt(entry: InFlight): boolean {
    if (entry.transmissions >= SUSPECT_AFTER && !entry.suspect) {
      entry.suspect = true;
      this.#suspects++;
    }
    if (entry.transmissions === PROBE_AFTER) {
      entry.evidence = this.#acknowledgements;
      this.#probeWanted = true;
    }
    if (entry.transmissions < WRITE_OFF_AFTER || entry.evidence === undefined) return false;
    return this.#acknowledgements > entry.evidence;
  }

  #release(entry: InFlight): void {
    entry.acknowledged = true;
    this.#unacknowledged--;
    this.#bytes -= entry.frame.length;
    entry.frame = NOTHING;
    if (entry.suspect) this.#suspects--;
    entry.suspect = false;
  }

  #noteLoss(entry: InFlight): void {
    if (entry.sequenceNumber < this.#recoverUntil) return;
    this.#recoverUntil = this.#nextSequence;
    this.#congestion.onLoss();
  }

  #dropAcknowledged(): void {
    while (this.#flight[this.#head]?.acknowledged) this.#head++;
    // Shifting one by one would move the array each time; a whole window at once does not matter.
    if (this.#head > 1024 || this.#head === this.#flight.length) {
      this.#flight.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
