/**
 * Lists: filters, sort orders and pages, the same for every service.
 * @module
 */

import { invalidParameter } from "./errors.ts";
import type { Call, Reply } from "./service.ts";

/** Rules by which an operation lists. */
export interface ListRules<M, N extends string = string, S = M> {
  /**
   * Query parameters that must equal the member of the same name where they are sent, or what a function reads,
   * or one of that where it is a list.
   */
  filters?: Readonly<Partial<Record<N, (model: M) => unknown>>> | readonly (N & keyof M)[];
  /** Members that `sortBy` may name, by the parameter's value without case and underscores. */
  sortBy?: Readonly<Record<string, keyof M & string>>;
  /** Most items in one page; `limit` above it is refused. */
  maxLimit?: number;
  /** Number of items in a page when no limit is sent. */
  defaultLimit?: number;
  /** The summary that a list shows of each model; the model itself when absent. */
  summary?: (model: M) => S;
}

const SORTS: Readonly<Record<string, string>> = {
  timecreated: "timeCreated",
  displayname: "displayName",
  name: "name",
};

const wholeNumber = (text: string, name: string, most: number): number => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > most)
    throw invalidParameter(`${name} must be a whole number from 1 to ${most}, not '${text.slice(0, 40)}'`);
  return value;
};

/**
 * Makes a page token: it holds the item after which the next page starts, and its place should that item be
 * gone.
 */
const tokenOf = (id: string, index: number): string =>
  Buffer.from(JSON.stringify([id, index])).toString("base64url");

const startOf = (token: string, ids: readonly string[]): number => {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, "base64url").toString());
    const [id, index]: unknown[] = Array.isArray(parsed) ? parsed : [];
    if (typeof id === "string" && typeof index === "number" && Number.isSafeInteger(index) && index >= 0) {
      const found = ids.indexOf(id);
      return found < 0 ? index : found + 1;
    }
  } catch {
    // Refused below.
  }
  throw invalidParameter("page is not a token that this service gave out");
};

/**
 * Cuts one page out of a list by the request's `limit` and `page`.
 * @returns the items of the page and the token of the next one, if there is one
 * @throws 400 InvalidParameter for a limit out of range or a foreign page token
 */
export const paginate = <T>(
  call: Call,
  items: readonly T[],
  idOf: (item: T) => string,
  { maxLimit = 1000, defaultLimit = 100 } = {},
): { items: T[]; nextPage?: string } => {
  const limitText = call.query.get("limit");
  const limit = limitText ? wholeNumber(limitText, "limit", maxLimit) : defaultLimit;
  const page = call.query.get("page");
  const start = page ? startOf(page, items.map(idOf)) : 0;
  const cut = items.slice(start, start + limit);
  const last = cut.at(-1);
  return last !== undefined && start + cut.length < items.length
    ? { items: cut, nextPage: tokenOf(idOf(last), start + cut.length) }
    : { items: cut };
};

/** A member that a request names; undefined where the model has none. */
const memberOf = (model: object, name: string): unknown =>
  Object.hasOwn(model, name) ? Reflect.get(model, name) : undefined;

/** Sorts models as `sortBy` and `sortOrder` say: by creation, newest first, unless they say something else. */
const sortModels = <M extends object>(
  call: Call,
  models: readonly M[],
  sortBy: Readonly<Record<string, string>> = SORTS,
): M[] => {
  const by = call.query.get("sortBy");
  const order = call.query.get("sortOrder");
  if (order && !/^(asc|desc)$/i.test(order))
    throw invalidParameter(`sortOrder must be ASC or DESC, not '${order.slice(0, 40)}'`);
  const member = by ? sortBy[by.toLowerCase().replaceAll("_", "")] : "timeCreated";
  if (!member) throw invalidParameter(`sortBy must be one of ${Object.keys(sortBy).join(", ")}`);
  const descending = order ? order.toUpperCase() === "DESC" : member.startsWith("time");
  const key = (model: M): string => `${memberOf(model, member) ?? ""}`;
  const sorted = models
    .map((model, index) => ({ model, index, key: key(model) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.index - b.index));
  if (descending) sorted.reverse();
  return sorted.map((s) => s.model);
};

/** Keeps the models that equal every filter which the request sends. */
const filterModels = <M extends object, N extends string>(
  call: Call<N>,
  models: readonly M[],
  filters: ListRules<M, N>["filters"] = [],
): M[] => {
  // The keys of `filters` are names of parameters; Object.keys only says that they are text.
  const names = (Array.isArray(filters) ? filters : Object.keys(filters)) as readonly N[];
  const read = (model: M, name: N): unknown =>
    "length" in filters ? memberOf(model, name) : filters[name]?.(model);
  return models.filter((model) =>
    names.every((name) => {
      const wanted = call.query.get(name);
      if (!wanted) return true;
      const values = [read(model, name)].flat().map((value) => `${value ?? ""}`);
      // Names match exactly; states "case-insensitively" (SDK documentation of the list operations).
      return name === "lifecycleState"
        ? values[0]?.toLowerCase() === wanted.toLowerCase()
        : values.includes(wanted);
    }),
  );
};

/**
 * The response of a list operation: filters, sorts and cuts a page out of `models`.
 * @throws 400 InvalidParameter for a wrong `limit`, `page`, `sortBy` or `sortOrder`
 */
export const listReply = <M extends { id?: string; name?: string }, N extends string, S = M>(
  call: Call<N>,
  models: readonly M[],
  rules: ListRules<M, N, S> = {},
): Reply<S[]> => {
  const sorted = sortModels(call, filterModels(call, models, rules.filters), rules.sortBy);
  const { items, nextPage } = paginate(call, sorted, (m) => m.id ?? m.name ?? "", rules);
  // Without a summary S is M.
  const body = rules.summary ? items.map(rules.summary) : (items as unknown as S[]);
  return {
    body,
    ...(nextPage && { headers: { "opc-next-page": nextPage } }),
  };
};
