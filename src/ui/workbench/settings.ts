import * as vscode from 'vscode';
import { Emitter, type Event } from '../../base/events';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { Log } from '../../base/log';
import type { OutboundSettings } from '../../base/outbound';
import type { Flow } from '../../access/flow';
import { readFlowSettings, type FlowProblem } from '../../access/flowSettings';
import { concernedBy } from '../model/settingChange';
import type { ForwardDocuments } from '../model/sessions/forwardAddress';
import type { SignInPreference } from '../model/signIn/signInCourse';

/** The settings of the extension, read once for each change. */
export class Settings implements Disposable {
  readonly #log: Log;
  readonly #store = new DisposableStore();
  readonly #onDidChange = new Emitter<void>();
  readonly onDidChange: Event<void> = this.#onDidChange.event;
  readonly #onDidChangeListings = new Emitter<void>();
  /** What is to be listed, or as whom, is another now; `onDidChange` fires too. */
  readonly onDidChangeListings: Event<void> = this.#onDidChangeListings.event;
  #flows: readonly Flow[] = [];
  #flowProblems: readonly FlowProblem[] = [];

  constructor(deps: { readonly log: Log }) {
    this.#log = deps.log;
    this.#readFlows();
    this.#store.add(
      vscode.workspace.onDidChangeConfiguration(change => {
        const concerned = concernedBy(setting => change.affectsConfiguration(setting));
        if (concerned !== 'nobody') this.#readAnew(concerned);
      }),
    );
    this.#store.add(vscode.workspace.onDidGrantWorkspaceTrust(() => this.#readAnew('listings')));
  }

  get flows(): readonly Flow[] {
    return this.#flows;
  }

  /** What is wrong with the flows that were left out. */
  get flowProblems(): readonly FlowProblem[] {
    return this.#flowProblems;
  }

  get regions(): readonly string[] {
    return this.#get<string[]>('regions', []).filter(region => typeof region === 'string' && region !== '');
  }

  get signInPreference(): SignInPreference {
    const preference = this.#get<string>('signIn.method', 'auto');
    return preference === 'browser' || preference === 'deviceCode' ? preference : 'auto';
  }

  get warnBeforeMs(): readonly number[] {
    return this.#get<number[]>('warnBeforeMinutes', [5, 1])
      .filter(minutes => typeof minutes === 'number' && minutes > 0)
      .map(minutes => minutes * 60_000);
  }

  get lanes(): number {
    return Math.min(16, Math.max(1, Math.floor(this.#get<number>('sessions.lanes', 1))));
  }

  get keepTerminalOpen(): boolean {
    return this.#get<boolean>('sessions.keepTerminalOpen', true);
  }

  /** Who runs sessions: our own client, or AWS's session-manager-plugin. */
  get sessionEngine(): 'native' | 'officialPlugin' {
    return this.#get<string>('sessions.engine', 'native') === 'officialPlugin' ? 'officialPlugin' : 'native';
  }

  /** Empty to look for it. */
  get pluginPath(): string {
    return this.#get<string>('sessions.pluginPath', '').trim();
  }

  /** The address that forwards listen on. */
  get bindAddress(): string {
    return this.#get<string>('sessions.bindAddress', '').trim() || '127.0.0.1';
  }

  /** Session documents by name, empty for AWS's own; the shell's with its parameters. */
  get sessionDocuments(): ForwardDocuments & {
    readonly shell: string;
    readonly shellParameters: Readonly<Record<string, string>>;
  } {
    const given = this.#get<Record<string, unknown>>('sessions.shellParameters', {});
    return {
      shell: this.#get<string>('sessions.shellDocument', '').trim(),
      shellParameters: Object.fromEntries(
        Object.entries(given).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      ),
      port: this.#get<string>('sessions.portDocument', '').trim(),
      remoteHost: this.#get<string>('sessions.remoteHostDocument', '').trim(),
    };
  }

  /** VS Code's own settings of the way out of this machine. */
  get outbound(): OutboundSettings {
    const http = vscode.workspace.getConfiguration('http');
    const proxyUrl = http.get<string>('proxy', '').trim();
    const proxyAuthorization = http.get<string | null>('proxyAuthorization', null);
    const isOff = http.get<string>('proxySupport', 'override') === 'off';
    return {
      strictProxy: http.get<boolean>('proxyStrictSSL', true),
      noProxy: http.get<string[]>('noProxy', []),
      ...(proxyUrl === '' || isOff ? {} : { proxyUrl }),
      ...(proxyAuthorization ? { proxyAuthorization } : {}),
    };
  }

  dispose(): void {
    this.#store.dispose();
    this.#onDidChange.dispose();
    this.#onDidChangeListings.dispose();
  }

  #readAnew(concerned: 'listings' | 'others'): void {
    this.#readFlows();
    this.#onDidChange.fire();
    if (concerned === 'listings') this.#onDidChangeListings.fire();
  }

  #get<T>(key: string, fallback: T): T {
    return vscode.workspace.getConfiguration('jitAccess').get<T>(key, fallback);
  }

  #readFlows(): void {
    const { flows, problems } = readFlowSettings(this.#get<unknown>('flows', []));
    for (const { path, message } of problems) this.#log.warn(`jitAccess.flows${path}: ${message}`);
    this.#flows = flows;
    this.#flowProblems = problems;
  }
}
