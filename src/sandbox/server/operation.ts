import type { Principal } from '../state/principal';

/** One authenticated call of an AWS operation. */
export interface AwsCall<Input> {
  readonly input: Input;
  readonly principal: Principal;
  readonly accountId: string;
  readonly region: string;
}

/** The operations of one service by name. What is not here is answered as the service answers an unknown operation. */
export type Operations<Input, Output> = ReadonlyMap<
  string,
  (call: AwsCall<Input>) => Output | Promise<Output>
>;

/** One page of a list. `pageSize` items from the place a token names; `undefined` when the token is not one of ours. */
export function pageOf<T>(
  items: readonly T[],
  pageSize: number,
  nextToken: string | undefined,
): { items: readonly T[]; nextToken?: string } | undefined {
  let start = 0;
  if (nextToken !== undefined) {
    const parts = /^page:(\d+)$/.exec(Buffer.from(nextToken, 'base64url').toString('latin1'));
    if (parts === null) return undefined;
    start = Number(parts[1]);
  }
  const end = start + pageSize;
  return {
    items: items.slice(start, end),
    ...(end < items.length ? { nextToken: Buffer.from(`page:${end}`).toString('base64url') } : {}),
  };
}

/** IAM's and EC2's `*` and `?`. */
export function wildcard(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}
