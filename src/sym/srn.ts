/**
 * A Sym resource name, `<org>:<model>[:<type>]:<slug>:<version|latest>[:<id>]`. Parts are letters, digits, `-` and `_`; case does not
 * count.
 */
export interface Srn {
  readonly org: string;
  readonly model: string;
  /** Only for the models that have kinds, such as `access_target`. */
  readonly type?: string;
  readonly slug: string;
  readonly version: string;
  readonly id?: string;
}

const PART = /^[a-z0-9_-]+$/;

/** The models whose name carries a type part. */
const TYPED_MODELS: ReadonlySet<string> = new Set([
  'access_target',
  'access_strategy',
  'user',
  'integration',
  'secret',
  'secrets',
  'log_destination',
]);

/** Reads a resource name, lower-cased; `undefined` when it is none. */
export function parseSrn(text: string): Srn | undefined {
  const parts = text.trim().toLowerCase().split(':');
  if (!parts.every(part => PART.test(part))) return undefined;
  const [org, model, ...rest] = parts;
  if (org === undefined || model === undefined) return undefined;
  const type = TYPED_MODELS.has(model) ? rest.shift() : undefined;
  if (TYPED_MODELS.has(model) && type === undefined) return undefined;
  const [slug, version, id, ...surplus] = rest;
  if (slug === undefined || version === undefined || surplus.length > 0) return undefined;
  return {
    org,
    model,
    slug,
    version,
    ...(type === undefined ? {} : { type }),
    ...(id === undefined ? {} : { id }),
  };
}
