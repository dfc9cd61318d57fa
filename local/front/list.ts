/** What every list operation does alike: filters, sort orders, pages. @module */
import type { Model, Resource } from "../cloud.ts";
import { invalidParameter } from "../errors.ts";
import type { Call, Reply } from "../service.ts";

/** How a list operation differs from others. */
export interface ListOptions<M extends Model> {
  /** Query parameters that must equal the model's member of the same name, when sent. */
  filters?: readonly string[];
  /** Query parameters that must be one of a set, when sent; unknown values are refused. */
  enums?: Readonly<Record<string, readonly string[]>>;
  /** Values of `sortBy` and the member each sorts by. */
  sortBy?: Readonly<Record<string, keyof M & string>>;
  /** The model as the list shows it (a summary). */
  summary?: (model: M, resource: Resource<M>) => unknown;
  /** The body around the items: absent for a bare array. */
  wrap?: (items: unknown[]) => unknown;
  /** Highest `limit`, and the page's size without one. @default 1000 */
  maxLimit?: number;
}

const DEFAULT_SORTS: Readonly<Record<string, string>> = {
  TIMECREATED: "timeCreated",
  NAME: "name",
  DISPLAYNAME: "displayName",
};

/** Reads an integer of the query. Throws 400 naming the parameter and the range. */
export const integerOf = (
  query: URLSearchParams,
  name: string,
  min: number,
  max: number,
): number | undefined => {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw invalidParameter(`${name} must be an integer from ${min} to ${max}, found '${text}'`);
  }
  return value;
};

const pageToken = (offset: number): string => Buffer.from(`page:${offset}`).toString("base64url");

const pageOffset = (query: URLSearchParams): number => {
  const token = query.get("page");
  if (!token) return 0;
  const offset = /^page:(\d{1,9})$/.exec(Buffer.from(token, "base64url").toString("latin1"))?.[1];
  if (!offset) throw invalidParameter("page is not a token that this service has returned");
  return Number(offset);
};

/**
 * One page of items that are already in order.
 * @returns the items and the headers that lead to the next page, none on the last
 */
export const pageOf = <T>(
  query: URLSearchParams,
  items: readonly T[],
  maxLimit = 1000,
): { items: T[]; headers: Record<string, string> } => {
  const limit = integerOf(query, "limit", 1, maxLimit) ?? maxLimit;
  const offset = pageOffset(query);
  const end = offset + limit;
  return {
    items: items.slice(offset, end),
    headers: {
      "opc-total-items": String(items.length),
      ...(end < items.length && { "opc-next-page": pageToken(end) }),
    },
  };
};

const sorted = <M extends Model>(
  call: Call,
  items: readonly Resource<M>[],
  options: ListOptions<M>,
): readonly Resource<M>[] => {
  const by = call.query.get("sortBy");
  const order = call.query.get("sortOrder")?.toUpperCase();
  if (order && order !== "ASC" && order !== "DESC") {
    throw invalidParameter(`sortOrder must be ASC or DESC, found '${call.query.get("sortOrder")}'`);
  }
  if (!by && !order) return items;
  const members: Readonly<Record<string, string>> = options.sortBy ?? DEFAULT_SORTS;
  const member = by
    ? Object.entries(members).find(([name]) => name === by.toUpperCase() || name === by)?.[1]
    : "timeCreated";
  if (!member)
    throw invalidParameter(`sortBy must be one of ${Object.keys(members).join(", ")}, found '${by}'`);
  // SDK documentation: "Default order for TIMECREATED is descending. Default order for NAME is ascending."
  const descending = order ? order === "DESC" : member.startsWith("time");
  const key = (r: Resource<M>): string => String((r.model as Model)[member] ?? "");
  const ascending = items
    .map((item, at) => ({ item, at, key: key(item) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.at - b.at))
    .map(({ item }) => item);
  return descending ? ascending.reverse() : ascending;
};

/**
 * The answer of a list operation: what was found, filtered, sorted, cut into pages.
 * @param found what the caller may see, oldest first
 * @throws ServiceError 400 naming the query parameter that is wrong
 */
export const listReply = <M extends Model>(
  call: Call,
  found: readonly Resource<M>[],
  options: ListOptions<M> = {},
): Reply => {
  for (const [name, allowed] of Object.entries(options.enums ?? {})) {
    const value = call.query.get(name);
    if (value !== null && !allowed.includes(value)) {
      throw invalidParameter(`${name} must be one of ${allowed.join(", ")}, found '${value}'`);
    }
  }
  const filters = [...(options.filters ?? []), ...Object.keys(options.enums ?? {})]
    .map((name) => [name, call.query.get(name)] as const)
    .filter(([, value]) => value !== null);
  const matching = found.filter(({ model }) =>
    filters.every(([name, value]) => String((model as Model)[name] ?? "") === value),
  );
  const page = pageOf(call.query, sorted(call, matching, options), options.maxLimit);
  const items = page.items.map((r) => (options.summary ? options.summary(r.model, r) : r.model));
  return { body: options.wrap ? options.wrap(items) : items, headers: page.headers };
};
