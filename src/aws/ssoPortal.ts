import type { CallOptions } from '../base/cancellation';
import { isAppError } from '../base/errors';
import type { SsoSession } from '../access/profile';
import type { AwsClients } from './clients';
import type { SsoSignIn } from './ssoSignIn';

export interface PortalAccount {
  readonly accountId: string;
  readonly name?: string;
  readonly email?: string;
}

/** What a signed-in person finds on the access portal: accounts, and the roles they have there. */
export class SsoPortal {
  readonly #signIn: SsoSignIn;
  readonly #clients: AwsClients;

  constructor(deps: { readonly signIn: SsoSignIn; readonly clients: AwsClients }) {
    this.#signIn = deps.signIn;
    this.#clients = deps.clients;
  }

  /** All pages. Throws `AppError`: `signed-out`, `throttled`, `network`, `service-fault`, `cancelled`. */
  async listAccounts(session: SsoSession, options: CallOptions = {}): Promise<PortalAccount[]> {
    const { sdk, client, accessToken } = await this.#open(session, options);
    return await this.#collect(session, accessToken, 'ListAccounts', options, async (nextToken, send) => {
      const page = await client.send(new sdk.ListAccountsCommand({ accessToken, ...paged(nextToken) }), send);
      const found = (page.accountList ?? []).flatMap(({ accountId, accountName, emailAddress }) =>
        accountId === undefined
          ? []
          : [
              {
                accountId,
                ...(accountName ? { name: accountName } : {}),
                ...(emailAddress ? { email: emailAddress } : {}),
              },
            ],
      );
      return { found, nextToken: page.nextToken };
    });
  }

  /** The names of the roles in one account. Throws as `listAccounts` does. */
  async listRoles(session: SsoSession, accountId: string, options: CallOptions = {}): Promise<string[]> {
    const { sdk, client, accessToken } = await this.#open(session, options);
    return await this.#collect(session, accessToken, 'ListAccountRoles', options, async (nextToken, send) => {
      const input = { accessToken, accountId, ...paged(nextToken) };
      const page = await client.send(new sdk.ListAccountRolesCommand(input), send);
      return {
        found: (page.roleList ?? []).flatMap(({ roleName }) => roleName ?? []),
        nextToken: page.nextToken,
      };
    });
  }

  async #open(session: SsoSession, options: CallOptions) {
    const accessToken = await this.#signIn.accessToken(session, options);
    const { region, endpoints } = session;
    return { ...(await this.#clients.sso({ region, endpoints, retryMode: 'adaptive' })), accessToken };
  }

  async #collect<T>(
    session: SsoSession,
    accessToken: string,
    operation: string,
    { signal }: CallOptions,
    load: (
      nextToken: string | undefined,
      send: { abortSignal?: AbortSignal },
    ) => Promise<{ readonly found: readonly T[]; readonly nextToken: string | undefined }>,
  ): Promise<T[]> {
    const all: T[] = [];
    let nextToken: string | undefined;
    try {
      do {
        const codes = { UnauthorizedException: 'signed-out' } as const;
        const page = await this.#clients.call(operation, send => load(nextToken, send), { signal, codes });
        all.push(...page.found);
        nextToken = page.nextToken || undefined;
      } while (nextToken !== undefined);
    } catch (error) {
      if (isAppError(error, 'signed-out')) this.#signIn.refuse(session, accessToken);
      throw error;
    }
    return all;
  }
}

/** The most the portal gives in one page. */
function paged(nextToken: string | undefined) {
  return { maxResults: 100, ...(nextToken === undefined ? {} : { nextToken }) };
}
