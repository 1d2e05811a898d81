import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import WebSocket from 'ws';
import { decodePlain, encodePlain, type PlainFrame } from './plainFrame';

const RESEND_MS = 100;
const RESEND_AT_ONCE = 2_000;
const RESEND_PING = 'resent';

export interface HandshakeRequest {
  readonly AgentVersion: string;
  readonly RequestedClientActions: {
    readonly ActionType: string;
    readonly ActionParameters: Record<string, unknown>;
  }[];
}

/** A data channel client on a bare web socket: it orders, acknowledges and resends, and remembers what it saw. */
export class PlainClient {
  readonly clientId = randomUUID();
  /** Every frame as it came, repetitions included. */
  readonly frames: PlainFrame[] = [];
  /** Stream messages in order, each once. */
  readonly messages: PlainFrame[] = [];
  readonly #outputs: Buffer[] = [];
  /** Set by `channel_closed`. */
  closed: { Output: string } | undefined;
  socketClosed: { code: number; reason: string } | undefined;
  acknowledging = true;
  /** Rounds of sending again what is unacknowledged. */
  resends = 0;
  /** Gets the Output payloads in place of `output`. */
  onOutput: ((bytes: Buffer) => void) | undefined;
  keys: { readonly encrypt: Buffer; readonly decrypt: Buffer } | undefined;
  readonly unacknowledged = new Map<number, Buffer>();
  #socket: WebSocket | undefined;
  #resend: NodeJS.Timeout | undefined;
  #nextOut = 0;
  #nextIn = 0;
  readonly #early = new Map<number, PlainFrame>();
  readonly #waiters = new Set<() => void>();

  /** Opens a socket and sends OpenDataChannel. Also opens it again: order and unacknowledged messages are kept. */
  async open(url: string, token: string | undefined): Promise<void> {
    const socket = new WebSocket(url);
    this.socketClosed = undefined;
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary && this.#socket === socket) this.#receive(decodePlain(data));
    });
    socket.on('close', (code, reason) => {
      if (this.#socket !== socket) return;
      this.socketClosed = { code, reason: reason.toString() };
      clearInterval(this.#resend);
      this.#changed();
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    socket.on('error', () => {});
    this.#socket = socket;
    socket.send(
      JSON.stringify({
        MessageSchemaVersion: '1.0',
        RequestId: randomUUID(),
        ...(token === undefined ? {} : { TokenValue: token }),
        ClientId: this.clientId,
        ClientVersion: '1.2.804.0',
      }),
    );
    clearInterval(this.#resend);
    // What was sent again has arrived when a ping behind it is answered; before that, more of it would only pile up.
    let arriving = false;
    socket.on('pong', data => {
      if (data.toString() === RESEND_PING) arriving = false;
    });
    this.#resend = setInterval(() => {
      if (arriving) return;
      this.resends += 1;
      for (const frame of [...this.unacknowledged.values()].slice(0, RESEND_AT_ONCE)) this.sendRaw(frame);
      if (socket.readyState === WebSocket.OPEN) {
        arriving = true;
        socket.ping(RESEND_PING);
      }
      this.#changed();
    }, RESEND_MS);
  }

  sendRaw(frame: Uint8Array | string): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(frame);
  }

  ping(): void {
    this.#socket?.ping('keepalive');
  }

  /** Sends one stream message and returns its sequence number. */
  send(payloadType: number, payload: Uint8Array | string): number {
    const sequence = this.#nextOut++;
    const plain = Buffer.from(payload as Uint8Array);
    const frame = encodePlain({
      type: 'input_stream_data',
      sequence,
      payloadType,
      payload: payloadType === 1 && this.keys ? seal(this.keys.encrypt, plain) : plain,
    });
    this.unacknowledged.set(sequence, frame);
    this.sendRaw(frame);
    return sequence;
  }

  /** Sends bytes as Output messages of at most 1024 bytes. */
  write(bytes: Uint8Array | string): void {
    const all = Buffer.from(bytes as Uint8Array);
    for (let at = 0; at < all.length; at += 1024) this.send(1, all.subarray(at, at + 1024));
  }

  resize(cols: number, rows: number): void {
    this.send(3, JSON.stringify({ cols, rows }));
  }

  flag(value: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(value);
    this.send(10, payload);
  }

  /** The handshake without encryption: answers the request and waits until it is complete. */
  async shakeHands(clientVersion = '1.2.804.0', status = 1): Promise<HandshakeRequest> {
    const request = await this.handshakeRequest();
    this.send(
      6,
      JSON.stringify({
        ClientVersion: clientVersion,
        ProcessedClientActions: request.RequestedClientActions.map(({ ActionType }) => ({
          ActionType,
          ActionStatus: status,
          ActionResult: null,
          Error: '',
        })),
        Errors: [],
      }),
    );
    if (status === 1) await this.message(7);
    return request;
  }

  async handshakeRequest(): Promise<HandshakeRequest> {
    return JSON.parse((await this.message(5)).payload.toString()) as HandshakeRequest;
  }

  /** The first stream message of a payload type, now or later. */
  async message(payloadType: number): Promise<PlainFrame> {
    await this.until(() => this.messages.some(message => message.payloadType === payloadType));
    return this.messages.find(message => message.payloadType === payloadType)!;
  }

  /** Concatenation of all Output payloads. */
  get output(): Buffer {
    if (this.#outputs.length > 1) this.#outputs.splice(0, this.#outputs.length, Buffer.concat(this.#outputs));
    return this.#outputs[0] ?? Buffer.alloc(0);
  }

  text(): string {
    return this.output.toString('utf8');
  }

  /** Waits until all of the output so far contains `text`, or fits it. */
  async untilText(text: string | RegExp): Promise<string> {
    await this.until(() => (typeof text === 'string' ? this.text().includes(text) : text.test(this.text())));
    return this.text();
  }

  /** Waits for a state that a frame or a close brings about. */
  until(holds: () => boolean): Promise<void> {
    return new Promise(resolve => {
      const check = () => {
        if (!holds()) return;
        this.#waiters.delete(check);
        resolve();
      };
      this.#waiters.add(check);
      check();
    });
  }

  /** Cuts the connection without a close frame. */
  cut(): void {
    this.#socket?.terminate();
  }

  dispose(): void {
    clearInterval(this.#resend);
    this.unacknowledged.clear();
    this.#socket?.terminate();
  }

  #receive(frame: PlainFrame): void {
    this.frames.push(frame);
    if (frame.type === 'acknowledge') {
      const { AcknowledgedMessageSequenceNumber: sequence } = JSON.parse(frame.payload.toString()) as {
        AcknowledgedMessageSequenceNumber: number;
      };
      this.unacknowledged.delete(sequence);
    } else if (frame.type === 'channel_closed') {
      this.closed = JSON.parse(frame.payload.toString()) as { Output: string };
    } else if (frame.type === 'output_stream_data' && this.acknowledging) {
      this.acceptLate([frame]);
    }
    this.#changed();
  }

  /** Acknowledges frames and takes them in order: also those that were left alone while `acknowledging` was off. */
  acceptLate(frames: readonly PlainFrame[]): void {
    for (const frame of frames) {
      this.acknowledge(frame);
      if (frame.sequence >= this.#nextIn) this.#early.set(frame.sequence, frame);
    }
    for (let next = this.#early.get(this.#nextIn); next; next = this.#early.get(this.#nextIn)) {
      this.#early.delete(this.#nextIn++);
      this.#take(next);
    }
    this.#changed();
  }

  acknowledge(frame: PlainFrame): void {
    this.sendRaw(
      encodePlain({
        type: 'acknowledge',
        sequence: 0,
        flags: 3n,
        payloadType: 0,
        payload: Buffer.from(
          JSON.stringify({
            AcknowledgedMessageType: frame.type,
            AcknowledgedMessageId: frame.id,
            AcknowledgedMessageSequenceNumber: frame.sequence,
            IsSequentialMessage: true,
          }),
        ),
      }),
    );
  }

  #take(frame: PlainFrame): void {
    const encrypted = this.keys !== undefined && [1, 11, 12].includes(frame.payloadType);
    const payload = encrypted ? unseal(this.keys!.decrypt, frame.payload) : frame.payload;
    this.messages.push({ ...frame, payload });
    if (frame.payloadType !== 1) return;
    if (this.onOutput) this.onOutput(payload);
    else this.#outputs.push(payload);
  }

  #changed(): void {
    for (const check of [...this.#waiters]) check();
  }
}

export function seal(key: Buffer, plaintext: Uint8Array): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

export function unseal(key: Buffer, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12));
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
}
