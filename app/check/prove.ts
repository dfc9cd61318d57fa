/**
 * Repeated proof: a first verdict, and all of it tried again at an interval and after each new version of the
 * secret. A changed verdict is printed whole, as far as the console has room for it; an unchanged one as a short line
 * at most once in a while.
 * @module
 */
import type { KeylessDocument } from "../../document/schema.ts";
import type { Heartbeat, ProbeResult, Verdict } from "../../document/verdict.ts";
import { ConsoleBudget } from "./console-budget.ts";
import type { WaitsFor } from "./probes.ts";

/**
 * Interval at which an unchanged verdict is printed whole: a capture of the console holds its last MB, and
 * what others write there must not push the only one out.
 */
const WHOLE_MS = 24 * 3600 * 1000;

/** Bytes an hour for whole verdicts that differ from the one before: a MB holds those of most of a day. */
const VERDICTS_HOURLY_BYTES = 48 * 1024;
/** Bytes an hour for short lines, by which the newest outcome is said while there is no room for whole verdicts. */
const HEARTBEATS_HOURLY_BYTES = 16 * 1024;

/**
 * The parts that a proof runs with. Clock and reads are given, so that a test moves the one and makes up the
 * others.
 */
export interface ProveInput {
  check: Pick<KeylessDocument["check"], "everyS" | "proveEveryS" | "heartbeatS">;
  documentSha256: string;
  boot: string;
  /** Tries everything once. */
  run(waitsFor: WaitsFor): Promise<Verdict>;
  /** The version that the secret has now; undefined when it cannot be read. */
  secretVersion(): Promise<number | undefined>;
  print(said: { verdict: Verdict } | { heartbeat: Heartbeat }): void;
  /** Called with each run's verdict, also with those that are not printed. */
  ran(verdict: Verdict): void;
  nowMs(): number;
  /** Ends the proof by rejecting. */
  sleep(ms: number): Promise<unknown>;
}

/**
 * The members of a verdict that make it another one: the outcome, the secret's version, the outcome of each
 * probe.
 */
const outcomeOf = ({ ok, cause, secret, probes }: Verdict): string =>
  JSON.stringify([ok, cause, secret?.version, probes.map((p) => [p.name, p.observed, p.ok])]);

/** The members of a verdict that a short line says too. */
const shortOutcomeOf = ({ ok, cause }: Verdict): string => JSON.stringify([ok, cause]);

/** The differences between two runs, for people. */
const changesOf = (before: Verdict, now: Verdict): string[] => {
  const was = new Map<string, ProbeResult>(before.probes.map((p) => [p.name, p]));
  const version = (v: Verdict): string =>
    v.secret?.version === undefined ? "unread" : `version ${v.secret.version}`;
  return [
    ...(version(before) === version(now)
      ? []
      : [`the secret: ${version(before)} before, ${version(now)} now`]),
    ...now.probes.flatMap((p) => {
      const { observed } = was.get(p.name) ?? p;
      return observed === p.observed ? [] : [`${p.says}: ${observed} before, ${p.observed} now`];
    }),
  ];
};

/** Proves until `sleep` or a run rejects. */
export const prove = async (input: ProveInput): Promise<never> => {
  const { documentSha256, boot, nowMs } = input;
  const { everyS, proveEveryS, heartbeatS } = input.check;
  const proof = (runs: number) => ({ runs, everyS: proveEveryS, heartbeatS });
  const time = (): string => new Date(nowMs()).toISOString();
  const common = { version: 1, documentSha256, boot } as const;
  // Before the first run: what was said until now is of another document, or of an earlier start.
  input.print({ heartbeat: { ...common, time: time(), proof: proof(0) } });

  const forVerdicts = new ConsoleBudget(VERDICTS_HOURLY_BYTES, nowMs);
  const forHeartbeats = new ConsoleBudget(HEARTBEATS_HOURLY_BYTES, nowMs);
  /** The last verdict that was printed whole. */
  let printed: Verdict | undefined;
  /** What was said last, whole or in a short line. */
  let said = "";
  let saidMs = 0;
  let wholeMs = 0;
  /** Runs with another outcome than the printed one that were not printed whole. */
  let unprinted = 0;
  for (let runs = 1; ; runs += 1) {
    const startedMs = nowMs();
    const found = await input.run(runs === 1 ? "grants" : "responses");
    const changed = printed && changesOf(printed, found);
    const isAnother = !printed || outcomeOf(found) !== outcomeOf(printed);
    const isWhole = (isAnother || nowMs() - wholeMs >= WHOLE_MS) && forVerdicts.hasRoom;
    if (isAnother && !isWhole) unprinted += 1;
    const of = { ...proof(runs), ...(unprinted > 0 && { unprinted }) };
    const verdict: Verdict = {
      ...found,
      documentSha256,
      proof: of,
      ...(changed?.length && { changed }),
    };
    input.ran(verdict);
    const short = shortOutcomeOf(verdict);
    if (isWhole) {
      input.print({ verdict });
      forVerdicts.spend(verdict);
      printed = verdict;
      said = short;
      unprinted = 0;
      wholeMs = saidMs = nowMs();
    } else if (
      (short !== said && forHeartbeats.hasRoom) ||
      (!isAnother && nowMs() - saidMs >= heartbeatS * 1000)
    ) {
      const { ok, cause, instance } = verdict;
      const heartbeat = {
        ...common,
        ok,
        time: time(),
        proof: of,
        ...(cause && { cause }),
        ...(instance && { instance }),
      };
      input.print({ heartbeat });
      forHeartbeats.spend(heartbeat);
      said = short;
      saidMs = nowMs();
    }
    // The runs' beginnings are an interval apart; one that takes longer is followed at once by the next.
    for (const dueMs = startedMs + proveEveryS * 1000; nowMs() < dueMs; ) {
      await input.sleep(Math.min(everyS * 1000, dueMs - nowMs()));
      if (nowMs() < dueMs && (await input.secretVersion()) !== verdict.secret?.version) break;
    }
  }
};
