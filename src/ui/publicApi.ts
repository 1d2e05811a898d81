import type { AccessWish, ForwardWish, InstanceWish, JitAccessApi, JitAccessGrant } from '../api';
import { accessWish, wishProblems } from '../access/accessWish';
import type { Grant } from '../access/grant';
import type { GrantLedger } from '../access/ledger';
import { AppError } from '../base/errors';
import { commandArguments, forwardArguments, shellArguments } from './workbench/commandArguments';
import type { Inventory } from './model/instances/inventory';
import { namedInstance } from './instances/namedInstance';
import type { RequestOpener } from './requests/requestOpener';
import type { SessionOpener } from './sessions/sessionOpener';

/** What `activate` hands to other extensions. They are not of our making: what they pass is checked like any argument from outside. */
export class PublicApi implements JitAccessApi {
  readonly apiVersion = 1;
  readonly #ledger: Pick<GrantLedger, 'grants' | 'onDidChange'>;
  readonly #opener: Pick<SessionOpener, 'openShell' | 'forwardPort'>;
  readonly #requests: Pick<RequestOpener, 'open'>;
  readonly #inventory: Inventory;

  constructor(deps: {
    readonly ledger: Pick<GrantLedger, 'grants' | 'onDidChange'>;
    readonly opener: Pick<SessionOpener, 'openShell' | 'forwardPort'>;
    readonly requests: Pick<RequestOpener, 'open'>;
    readonly inventory: Inventory;
  }) {
    this.#ledger = deps.ledger;
    this.#opener = deps.opener;
    this.#requests = deps.requests;
    this.#inventory = deps.inventory;
  }

  get grants(): readonly JitAccessGrant[] {
    return this.#ledger.grants.map(publicGrant);
  }

  readonly onDidChangeGrants: JitAccessApi['onDidChangeGrants'] = listener => {
    let told = JSON.stringify(this.grants);
    return this.#ledger.onDidChange(() => {
      // Requests are ours alone: only what is in the grants is news.
      const { grants } = this;
      const now = JSON.stringify(grants);
      if (now === told) return;
      told = now;
      listener(grants);
    });
  };

  async requestAccess(wish: AccessWish = {}): Promise<void> {
    const parsed = accessWish.safeParse(wish);
    if (!parsed.success) {
      throw new AppError('argument-invalid', `requestAccess: ${wishProblems(parsed.error)}`);
    }
    await this.#requests.open(parsed.data);
  }

  async openShell(wish: InstanceWish): Promise<boolean> {
    const { instance } = commandArguments('shell.open', shellArguments, { instance: wish.instance });
    if (instance === undefined) throw new AppError('argument-invalid', 'openShell: "instance" is missing');
    return await this.#opener.openShell(await namedInstance(this.#inventory, instance));
  }

  async forwardPort(wish: ForwardWish): Promise<boolean> {
    const { instance, host, port, localPort } = commandArguments('port.forward', forwardArguments, {
      instance: wish.instance,
      host: wish.host,
      port: wish.port,
      localPort: wish.localPort,
    });
    if (instance === undefined || port === undefined) {
      throw new AppError('argument-invalid', 'forwardPort: "instance" and "port" are needed');
    }
    return await this.#opener.forwardPort(
      await namedInstance(this.#inventory, instance),
      { port, ...(host === undefined ? {} : { host }) },
      localPort ?? 0,
    );
  }
}

/** Only what the published types promise. */
function publicGrant(grant: Grant): JitAccessGrant {
  const { requestId, flowId, flowLabel, targetId, target, phase, effectiveEndsAt, instanceKeys } = grant;
  return {
    requestId,
    flowId,
    flowLabel,
    targetId,
    label: target.label,
    accountId: target.accountId,
    state: phase,
    breakGlass: grant.breakGlass ?? false,
    ...(effectiveEndsAt === undefined ? {} : { endsAt: effectiveEndsAt }),
    ...(instanceKeys === undefined ? {} : { instances: [...instanceKeys] }),
  };
}
