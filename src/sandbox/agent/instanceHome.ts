import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Disposable } from '../../base/lifecycle';
import type { AgentInstance } from './agentInstance';

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** `sh` on Amazon Linux is bash; the plain shell of other systems has no line editing. */
const SHELLS = ['/bin/bash', '/usr/bin/bash', '/bin/sh'];

/** Marks every process of a session in its environment, so that those that left its process group are found too. */
export const SESSION_VARIABLE = 'SANDBOX_SSM_SESSION';

/**
 * What makes a process on this machine look as if it ran on the instance: an own home directory and, in front of PATH, a folder in
 * which `whoami`, `id` and `hostname` answer as `ssm-user` would hear it there. Processes run as the user that runs the sandbox, without
 * its environment. Lives as long as the sandbox, so that files outlast a session as they do on an instance.
 */
export class InstanceHome implements Disposable {
  readonly #root: string;
  readonly #hostname: string;
  readonly home: string;
  readonly shell: string;

  constructor(instance: AgentInstance) {
    this.#hostname = instance.hostname;
    this.#root = mkdtempSync(join(tmpdir(), `sandbox-${instance.instanceId}-`));
    this.home = join(this.#root, 'home');
    const bin = join(this.#root, 'bin');
    mkdirSync(this.home, { mode: 0o700 });
    mkdirSync(bin);
    this.shell = join(bin, 'sh');
    symlinkSync(SHELLS.find(path => existsSync(path)) ?? '/bin/sh', this.shell);
    const command = (name: string, body: string) =>
      writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    command('whoami', 'echo ssm-user');
    command('hostname', `echo '${instance.hostname.replaceAll("'", '')}'`);
    command(
      'id',
      [
        'case "$*" in',
        "  '') echo 'uid=1001(ssm-user) gid=1001(ssm-user) groups=1001(ssm-user)' ;;",
        '  -u | -g) echo 1001 ;;',
        '  -un | -gn) echo ssm-user ;;',
        '  *) PATH=${PATH#*:} exec id "$@" ;;',
        'esac',
      ].join('\n'),
    );
    // Amazon Linux 2's bash brackets no pastes; a shell that did would write its markers between prompts.
    writeFileSync(join(this.#root, 'inputrc'), 'set enable-bracketed-paste off\n');
  }

  /** The whole environment of a session's processes; nothing of the sandbox's own gets in. */
  environment(sessionId: string): Record<string, string> {
    return {
      PATH: `${join(this.#root, 'bin')}:${SYSTEM_PATH}`,
      HOME: this.home,
      USER: 'ssm-user',
      LOGNAME: 'ssm-user',
      HOSTNAME: this.#hostname,
      SHELL: this.shell,
      TERM: 'xterm-256color',
      LANG: 'C.UTF-8',
      PS1: 'sh-4.2$ ',
      INPUTRC: join(this.#root, 'inputrc'),
      HISTFILE: join(this.home, '.bash_history'),
      [SESSION_VARIABLE]: sessionId,
    };
  }

  dispose(): void {
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 3 });
  }
}
