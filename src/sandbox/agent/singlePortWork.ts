import { connect, type Socket } from 'node:net';
import { DisposableStore } from '../../base/lifecycle';
import { FlagValue, PayloadType } from '../../ssm/wire/clientMessage';
import type { PortDestination } from './portDestination';
import type { SessionWork, WorkContext } from './sessionWork';

/** Bytes the target has not read, above which the channel takes no more. */
const INPUT_HIGH_WATER_BYTES = 1_024 * 1_024;

/**
 * Port session with one TCP connection and no framing. `raw` (AWS-StartSSHSession) ends with its connection; `basic`
 * (LocalPortForwarding with an old agent or client) dials again when data comes after either side has closed.
 */
export class SinglePortWork implements SessionWork {
  readonly #context: WorkContext;
  readonly #destination: PortDestination;
  readonly #mode: 'raw' | 'basic';
  readonly #owned = new DisposableStore();
  readonly #sockets = new Set<Socket>();
  #current: Socket | undefined;
  #dials = 0;
  #stopped = false;

  constructor(context: WorkContext, destination: PortDestination, mode: 'raw' | 'basic') {
    this.#context = context;
    this.#destination = destination;
    this.#mode = mode;
  }

  start(): void {
    this.#owned.add(
      this.#context.pump.onDidDrain(() => {
        if (this.#context.pump.writable) this.#current?.resume();
      }),
    );
    this.#dial();
  }

  take(payloadType: number, payload: Uint8Array): 'taken' | 'notReady' {
    if (this.#stopped) return 'taken';
    if (payloadType === PayloadType.Output) {
      const socket = this.#current ?? this.#dial();
      if (socket === undefined) return 'taken';
      socket.write(Buffer.from(payload));
      if (socket.writableLength > INPUT_HIGH_WATER_BYTES) {
        this.#context.channel.setBusy(true);
        socket.once('drain', () => this.#context.channel.setBusy(false));
      }
    } else if (payloadType === PayloadType.Flag && payload.length === 4) {
      if (Buffer.from(payload).readUInt32BE() === FlagValue.DisconnectToPort) this.#disconnect();
    }
    return 'taken';
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#owned.dispose();
    await Promise.all(
      [...this.#sockets].map(
        socket =>
          new Promise<void>(resolve => {
            socket.once('close', () => resolve());
            socket.destroy();
          }),
      ),
    );
  }

  /** `undefined` when the script lets this dial fail. */
  #dial(): Socket | undefined {
    const { pump, channel, script } = this.#context;
    const dial = this.#dials++;
    if (script.connectToPortErrors === 'all' || script.connectToPortErrors?.includes(dial)) {
      this.#fail('connection refused');
      return undefined;
    }
    const socket = connect({ ...this.#destination, noDelay: true });
    let connected = false;
    this.#current = socket;
    this.#sockets.add(socket);
    // Nothing is taken before the target is there: a failed dial must not swallow data.
    channel.setBusy(true);
    socket.once('connect', () => {
      connected = true;
      channel.setBusy(false);
    });
    socket.on('data', (bytes: Buffer) => {
      if (this.#current !== socket) return;
      pump.write(bytes);
      if (!pump.writable) socket.pause();
    });
    socket.once('error', failure => {
      this.#context.log.debug('agent: connection failed', failure.message);
      if (!connected && this.#current === socket) this.#fail(failure.message);
    });
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (this.#current !== socket) return;
      this.#current = undefined;
      channel.setBusy(false);
      if (this.#mode === 'raw') this.#finish();
    });
    return socket;
  }

  #disconnect(): void {
    const socket = this.#current;
    if (socket === undefined) return;
    if (this.#mode === 'basic') this.#current = undefined;
    socket.resume();
    socket.end(() => socket.destroySoon());
  }

  #fail(problem: string): void {
    const { host, port } = this.#destination;
    this.#finish(`Unable to connect to specified port: dial tcp ${host}:${port}: ${problem}`);
  }

  #finish(output?: string): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#context.channel.setBusy(false);
    this.#context.finish(output);
  }
}
