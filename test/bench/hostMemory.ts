import { readFileSync } from 'node:fs';
import { WebSocket } from 'ws';

export interface HeldMemory {
  /** What is in use on the heap and beside it once all that is garbage was collected, MiB. */
  readonly heldMib: number;
  /** VmRSS then: with what V8 keeps for what comes next. */
  readonly residentMib: number;
}

/** Where a Node process lets itself be looked into after SIGUSR1. */
const INSPECTOR = 'http://127.0.0.1:9229/json/list';
const WITHIN_MS = 30_000;
/** A collection that follows another finds what the first has only freed of its finalizers. */
const COLLECTIONS = 3;

/** The memory of an extension host, looked at from outside. */
export class HostMemory {
  readonly #pid: number;
  readonly #socket: WebSocket;
  #lastId = 0;

  private constructor(pid: number, socket: WebSocket) {
    this.#pid = pid;
    this.#socket = socket;
  }

  static async open(pid: number): Promise<HostMemory> {
    process.kill(pid, 'SIGUSR1');
    const socket = new WebSocket(await inspectorOf());
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return new HostMemory(pid, socket);
  }

  async measure(): Promise<HeldMemory> {
    await this.#call('HeapProfiler.enable');
    for (let time = 0; time < COLLECTIONS; time++) await this.#call('HeapProfiler.collectGarbage');
    const expression = `(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())`;
    const answer = await this.#call('Runtime.evaluate', { expression, returnByValue: true });
    const { value } = (answer as { result: { value: number } }).result;
    return { heldMib: Math.round(value / 1024 / 1024), residentMib: this.residentMib() };
  }

  /** VmRSS as it is, MiB; Linux tells it in /proc. */
  residentMib(): number {
    const status = readFileSync(`/proc/${this.#pid}/status`, 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
  }

  close(): void {
    this.#socket.close();
  }

  #call(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const onMessage = (data: Buffer) => {
        const message = JSON.parse(data.toString()) as { id?: number; result?: unknown; error?: object };
        if (message.id !== id) return;
        this.#socket.off('message', onMessage);
        if (message.error) reject(new Error(`${method}: ${JSON.stringify(message.error)}`));
        else resolve(message.result);
      };
      this.#socket.on('message', onMessage);
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }
}

async function inspectorOf(): Promise<string> {
  const end = performance.now() + WITHIN_MS;
  for (;;) {
    try {
      const [target] = (await (await fetch(INSPECTOR)).json()) as { webSocketDebuggerUrl: string }[];
      if (target) return target.webSocketDebuggerUrl;
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}
