/** Keeps a session fresh: ahead of its expiry, once at a time, off the path of requests. @module */
import { abortable } from "../abortable.ts";
import { PrincipalError, reason } from "./errors.ts";
import type { Identity, Session, SessionMaker } from "./session.ts";

/** Times of renewal, in ms. */
export interface RefreshSettings {
  /** Limit for one refresh, from metadata to token. @default 20000 */
  deadlineMs: number;
  /** The longest margin before expiry at which a refresh begins; half the lifetime when that is less. @default 300000 */
  marginMs: number;
  /** Least time between two refreshes that refused signatures ask for. @default 30000 */
  forcedIntervalMs: number;
  /** Least time between two tries that requests without a session cause. @default 1000 */
  retryIntervalMs: number;
  /** The longest pause between two tries in the background. @default 30000 */
  longestPauseMs: number;
}

const DEFAULT_REFRESH: Readonly<RefreshSettings> = {
  deadlineMs: 20_000,
  marginMs: 5 * 60_000,
  forcedIntervalMs: 30_000,
  retryIntervalMs: 1000,
  longestPauseMs: 30_000,
};

/** Callbacks notified of what happens to sessions. */
export interface PrincipalObserver {
  refreshed?(session: Session, tookMs: number): void;
  failed?(error: Error): void;
}

/** The principal's status, for health and metrics. */
export interface PrincipalStatus {
  ready: boolean;
  generation: number;
  tokenAgeMs: number | undefined;
  /** Time left, in ms; negative when the session has expired. */
  expiresInMs: number | undefined;
  refreshes: number;
  failures: number;
  /** Reason of the latest try's failure; undefined when it succeeded. */
  lastError: string | undefined;
  /** Server's clock minus this machine's; undefined when not known. */
  clockOffsetMs: number | undefined;
}

const MARGIN_FRACTION = 0.5;
/**
 * Time before its expiry in which a token is not used any more: the request still has to reach the service.
 */
const LAST_MOMENT_MS = 500;
const SHORTEST_PAUSE_MS = 250;

/** An instance principal: a session that is always there while the auth service can be reached now and then. */
export class InstancePrincipal {
  readonly #maker: SessionMaker;
  readonly #settings: RefreshSettings;
  readonly #observer: PrincipalObserver;
  readonly #closed = new AbortController();
  #session: Session | undefined;
  #usableUntilMs = Number.NEGATIVE_INFINITY;
  #inFlight: Promise<Session> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failuresInARow = 0;
  #lastError: Error | undefined;
  #lastTryMs = Number.NEGATIVE_INFINITY;
  #lastForcedMs = Number.NEGATIVE_INFINITY;
  #refreshes = 0;
  #failures = 0;

  constructor(
    maker: SessionMaker,
    settings: Partial<RefreshSettings> = {},
    observer: PrincipalObserver = {},
  ) {
    this.#maker = maker;
    this.#settings = { ...DEFAULT_REFRESH, ...settings };
    this.#observer = observer;
  }

  /** The identity that the sessions are for; undefined before the first. */
  get identity(): Identity | undefined {
    return this.#maker.identity;
  }

  /** The session, when it can be used now. */
  current(): Session | undefined {
    return performance.now() < this.#usableUntilMs ? this.#session : undefined;
  }

  /**
   * A session that can be used now: the current one, else the outcome of the refresh under way.
   * @param signal ends the waiting, not the refresh
   * @throws PrincipalError when there is none to be had; at once when the latest try was a moment ago
   */
  async session(signal?: AbortSignal): Promise<Session> {
    const current = this.current();
    if (current) return current;
    const sinceMs = performance.now() - this.#lastTryMs;
    if (!this.#inFlight && this.#lastError && sinceMs < this.#settings.retryIntervalMs) throw this.#lastError;
    const refresh = this.#refresh();
    return signal ? abortable(refresh, signal) : refresh;
  }

  /**
   * Refreshes after a service has responded 401 to a signature: once for all who ask, and not again before
   * `forcedIntervalMs` has passed.
   * @param generation of the session that was refused
   * @returns the session to try again with; undefined when there is no newer one
   */
  async afterRefusal(generation: number): Promise<Session | undefined> {
    const newer = () => {
      const current = this.current();
      return current && current.generation > generation ? current : undefined;
    };
    if (newer()) return newer();
    if (!this.#inFlight) {
      const nowMs = performance.now();
      if (nowMs - this.#lastForcedMs < this.#settings.forcedIntervalMs) return undefined;
      this.#lastForcedMs = nowMs;
    }
    await this.#refresh().catch(() => undefined);
    return newer();
  }

  /** Returns the status for health and metrics. */
  status(): PrincipalStatus {
    const nowMs = performance.now();
    const session = this.#session;
    return {
      ready: this.current() !== undefined,
      generation: session?.generation ?? 0,
      tokenAgeMs: session && nowMs - session.startedAtMs,
      expiresInMs: session && session.expiresAtMs - nowMs,
      refreshes: this.#refreshes,
      failures: this.#failures,
      lastError: this.#lastError?.message,
      clockOffsetMs: session?.offsetMs,
    };
  }

  /** Ends refreshing and closes the connections to the metadata service. */
  close(): void {
    this.#closed.abort(new PrincipalError("federation", "the instance principal was closed"));
    clearTimeout(this.#timer);
    this.#maker.close();
  }

  /**
   * Refreshes once for all callers (single flight): one that comes while a refresh is under way gets its
   * outcome.
   */
  #refresh(): Promise<Session> {
    this.#inFlight ??= this.#make().finally(() => {
      this.#inFlight = undefined;
    });
    return this.#inFlight;
  }

  async #make(): Promise<Session> {
    clearTimeout(this.#timer);
    const startedMs = performance.now();
    const deadline = AbortSignal.timeout(this.#settings.deadlineMs);
    try {
      const session = await abortable(
        this.#maker.make(AbortSignal.any([deadline, this.#closed.signal])),
        this.#closed.signal,
        deadline,
      );
      this.#session = session;
      this.#usableUntilMs = session.expiresAtMs - Math.min(LAST_MOMENT_MS, this.#marginMs(session) / 4);
      this.#refreshes += 1;
      this.#failuresInARow = 0;
      this.#lastError = undefined;
      this.#schedule(session.expiresAtMs - this.#marginMs(session) - performance.now());
      this.#observer.refreshed?.(session, performance.now() - startedMs);
      return session;
    } catch (cause) {
      const error = this.#named(cause, deadline);
      this.#failures += 1;
      this.#failuresInARow += 1;
      this.#lastError = error;
      this.#schedule(this.#pauseMs(error));
      if (!this.#closed.signal.aborted) this.#observer.failed?.(error);
      throw error;
    } finally {
      this.#lastTryMs = performance.now();
    }
  }

  #named(cause: unknown, deadline: AbortSignal): Error {
    if (cause instanceof PrincipalError) return cause;
    const text = deadline.aborted ? `no session within ${this.#settings.deadlineMs} ms` : reason(cause);
    return new PrincipalError("federation", `No security token could be obtained: ${text}`, { cause });
  }

  #marginMs(session: Session): number {
    return Math.min(this.#settings.marginMs, (session.expiresAtMs - session.startedAtMs) * MARGIN_FRACTION);
  }

  /**
   * The pause before the next try, in ms: doubled with each failure, with jitter, at least as long as
   * Retry-After asks for, and in short-lived sessions short enough to matter.
   */
  #pauseMs(error: Error): number {
    const doubledMs = SHORTEST_PAUSE_MS * 2 ** Math.min(this.#failuresInARow, 10) * (0.5 + Math.random());
    const askedMs = error instanceof PrincipalError ? (error.retryAfterMs ?? 0) : 0;
    const leftMs = this.#session ? this.#session.expiresAtMs - performance.now() : 0;
    const cappedMs = leftMs > 0 ? Math.min(doubledMs, Math.max(leftMs / 8, SHORTEST_PAUSE_MS)) : doubledMs;
    return Math.min(Math.max(cappedMs, askedMs), this.#settings.longestPauseMs);
  }

  #schedule(inMs: number): void {
    if (this.#closed.signal.aborted) return;
    this.#timer = setTimeout(
      () => {
        this.#refresh().catch(() => undefined);
      },
      Math.max(inMs, 0),
    );
    this.#timer.unref();
  }
}
