import { AwsFault } from '../errors/awsFault';
import { header, json, type HttpCall, type HttpReply } from '../server/http';
import { pageOf } from '../server/operation';
import { principalOf, type Assignments } from '../state/assignments';
import type { CredentialStore } from '../state/credentialStore';
import type { SsoTokens } from '../state/ssoTokens';
import type { Account } from '../world/organization';

/** `maxResults` of the portal's lists: 1 to 100. */
const LARGEST_PAGE = 100;

/**
 * IAM Identity Center's access portal, which turns a sign-in into role credentials.
 * API: https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/Welcome.html
 */
export class PortalOperations {
  readonly #tokens: SsoTokens;
  readonly #assignments: Assignments;
  readonly #credentials: CredentialStore;
  readonly #accounts: readonly Account[];

  constructor(deps: {
    tokens: SsoTokens;
    assignments: Assignments;
    credentials: CredentialStore;
    accounts: readonly Account[];
  }) {
    this.#accounts = deps.accounts;
    this.#tokens = deps.tokens;
    this.#assignments = deps.assignments;
    this.#credentials = deps.credentials;
  }

  listAccounts(call: HttpCall): HttpReply {
    const visible = this.#assignments.visibleTo(this.#user(call));
    const held = new Set(visible.map(({ accountId }) => accountId));
    const accounts = this.#accounts.filter(({ id }) => held.has(id));
    const page = this.#page(call, accounts);
    return json(200, {
      accountList: page.items.map(({ id, name, email }) => ({
        accountId: id,
        accountName: name,
        emailAddress: email,
      })),
      nextToken: page.nextToken ?? null,
    });
  }

  listAccountRoles(call: HttpCall): HttpReply {
    const user = this.#user(call);
    const accountId = required(call, 'account_id');
    const visible = this.#assignments.visibleTo(user).filter(entry => entry.accountId === accountId);
    if (visible.length === 0) throw noAccess();
    const page = this.#page(call, visible);
    return json(200, {
      roleList: page.items.map(({ permissionSet }) => ({ roleName: permissionSet.name, accountId })),
      nextToken: page.nextToken ?? null,
    });
  }

  /** Credentials that live as long as the permission set's session duration says, also past the end of the assignment. */
  getRoleCredentials(call: HttpCall): HttpReply {
    const user = this.#user(call);
    const accountId = required(call, 'account_id');
    const roleName = required(call, 'role_name');
    const entry = this.#assignments
      .visibleTo(user)
      .find(({ accountId: id, permissionSet }) => id === accountId && permissionSet.name === roleName);
    if (entry === undefined) throw noAccess();
    const { permissionSet } = entry;
    const issued = this.#credentials.issue(
      principalOf(user, accountId, permissionSet),
      permissionSet.sessionDurationMs,
    );
    return json(200, {
      roleCredentials: {
        accessKeyId: issued.accessKeyId,
        secretAccessKey: issued.secretAccessKey,
        sessionToken: issued.sessionToken,
        expiration: issued.expiresAt,
      },
    });
  }

  logout(call: HttpCall): HttpReply {
    this.#user(call);
    this.#tokens.logout(header(call, 'x-amz-sso_bearer_token') ?? '');
    return { status: 200, headers: {}, body: '' };
  }

  #user(call: HttpCall): string {
    const token = header(call, 'x-amz-sso_bearer_token');
    const user = token === undefined ? undefined : this.#tokens.userOf(token);
    if (user === undefined) {
      throw new AwsFault('UnauthorizedException', 'Session token not found or invalid', { status: 401 });
    }
    return user;
  }

  #page<T>(call: HttpCall, items: readonly T[]): { items: readonly T[]; nextToken?: string } {
    const asked = call.url.searchParams.get('max_result');
    const size = asked === null ? LARGEST_PAGE : Number(asked);
    const valid = Number.isInteger(size) && size >= 1 && size <= LARGEST_PAGE;
    const page = valid
      ? pageOf(items, size, call.url.searchParams.get('next_token') ?? undefined)
      : undefined;
    if (page === undefined) throw new AwsFault('InvalidRequestException', 'Invalid page request');
    return page;
  }
}

function required(call: HttpCall, name: string): string {
  const value = call.url.searchParams.get(name);
  if (value === null || value === '') {
    throw new AwsFault('InvalidRequestException', `${name} is required`);
  }
  return value;
}

function noAccess(): AwsFault {
  return new AwsFault('ForbiddenException', 'No access', { status: 403 });
}
