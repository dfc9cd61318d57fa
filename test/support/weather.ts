/** Bad weather between a client and the local OCI: each call of a run fails once, or one of them does. @module */
import { tooManyRequests } from "../../local/errors.ts";
import {
  type Arrival,
  cutting,
  failing,
  type Interceptor,
  silent,
} from "../../local/gateway/interceptors.ts";
import { errorReply } from "../../local/gateway/reply.ts";
import type { RetryPolicy, Send } from "../../oci/client.ts";

/** How a call fails. `lost`: it was done, and its response never came. */
export const CALL_FAILURES = ["429", "503", "reset", "time-out", "lost"] as const;
export type CallFailure = (typeof CALL_FAILURES)[number];

/** Short pauses; an attempt is given up early only where nothing is answered. */
export const policyFor = (kind: CallFailure): Partial<RetryPolicy> => ({
  firstPauseMs: 1,
  longestPauseMs: 20,
  attemptMs: kind === "time-out" ? 700 : 20_000,
});

const yes = () => true;
const FAILS: Readonly<Record<Exclude<CallFailure, "lost">, Interceptor>> = {
  "429": () => errorReply(tooManyRequests(0)),
  "503": failing(yes),
  reset: cutting(yes),
  "time-out": silent(yes),
};

/** Weather on the way of a client's calls. */
export interface Weather {
  interceptor: Interceptor;
  through: (send: Send) => Send;
  /** How many calls it has let fail, and how many there were. */
  counts: { failed: number; seen: number };
}

/**
 * Weather.
 * @param strikes whether a call is to fail; asked once for each attempt
 */
const weather = (kind: CallFailure, strikes: (key: string) => boolean): Weather => {
  const counts = { failed: 0, seen: 0 };
  const hits = (key: string): boolean => {
    counts.seen += 1;
    const hit = strikes(key);
    if (hit) counts.failed += 1;
    return hit;
  };
  const lost: Weather["through"] = (send) => async (url, request) => {
    const hit = hits(`${request.method} ${url} ${request.headers["opc-retry-token"] ?? ""}`);
    const response = await send(url, request);
    if (hit) throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
    return response;
  };
  if (kind === "lost") return { counts, interceptor: () => undefined, through: lost };
  return {
    counts,
    interceptor: (arrival: Arrival) =>
      hits(`${arrival.method} https://${arrival.host}${arrival.target}`) ? FAILS[kind](arrival) : undefined,
    through: (send) => send,
  };
};

/** Every call fails once, and then goes through. */
export const storm = (kind: CallFailure): Weather => {
  const struck = new Map<string, number>();
  return weather(kind, (key) => {
    const times = (struck.get(key) ?? 0) + 1;
    struck.set(key, times);
    return times % 2 === 1;
  });
};

/** The nth call fails once. */
export const gust = (kind: CallFailure, nth: number): Weather => {
  let count = 0;
  return weather(kind, () => ++count === nth);
};
