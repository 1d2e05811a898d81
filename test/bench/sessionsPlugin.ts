import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { messageOf } from '../../src/base/errors';
import { LocalListener } from '../../src/ssm/localListener';
import {
  officialPluginCommand,
  probeOfficialPlugin,
  type OfficialPlugin,
} from '../../src/ssm/officialPlugin';
import { round } from './sessionsLoads';
import type { PeerTicket } from './sessionsPeer';

/** Linux counts processor time in hundredths of a second for every process (proc(5)). */
const TICKS_PER_SECOND = 100;

export type FoundPlugin = { readonly plugin: OfficialPlugin } | { readonly absent: string };

export async function findPlugin(): Promise<FoundPlugin> {
  try {
    return { plugin: await probeOfficialPlugin('session-manager-plugin') };
  } catch (thrown) {
    return { absent: messageOf(thrown) };
  }
}

/** A session carried by the official client. Newer versions of it refuse a stream that is not AWS's; this rejects then. */
export class PluginForward {
  readonly #child: ChildProcess;

  private constructor(
    child: ChildProcess,
    readonly port: number,
    readonly sessionId: string,
  ) {
    this.#child = child;
  }

  /** `openSession` starts a session that is forwarded to the given local port. */
  static async start(
    plugin: OfficialPlugin,
    openSession: (localPort: number) => Promise<PeerTicket>,
  ): Promise<PluginForward> {
    const port = await LocalListener.freePort({ host: '127.0.0.1', port: 0 });
    const ticket = await openSession(port);
    const command = officialPluginCommand(plugin, {
      ticket,
      region: 'us-east-1',
      profile: '',
      request: { Target: 'i-060ee0879f3ec4eb7' },
      endpointUrl: new URL(ticket.streamUrl.replace(/^ws/, 'http')).origin,
    });
    const child = spawn(command.file, [...command.args], { env: { ...process.env, ...command.env } });
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (text: Buffer) => text.includes('Waiting for connections') && resolve());
      child.once('error', reject);
      child.once('exit', code => reject(new Error(`session-manager-plugin ended with code ${code}`)));
    });
    return new PluginForward(child, port, ticket.sessionId);
  }

  /** Processor time so far; undefined where the system does not tell. */
  get cpuSeconds(): number | undefined {
    try {
      const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'latin1');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    } catch {
      // Not Linux.
      return undefined;
    }
  }

  /** Adds the plugin's processor time per GiB to a measured transfer of so many bytes. */
  async transfer(
    bytes: number,
    run: (port: number) => Promise<{ readonly mibPerSecond: number }>,
  ): Promise<{ readonly mibPerSecond: number; readonly cpuSecondsPerGiB: number | undefined }> {
    const before = this.cpuSeconds;
    const { mibPerSecond } = await run(this.port);
    const after = this.cpuSeconds;
    return {
      mibPerSecond,
      cpuSecondsPerGiB:
        before === undefined || after === undefined ? undefined : round((after - before) * (2 ** 30 / bytes)),
    };
  }

  stop(): void {
    this.#child.kill();
  }
}
