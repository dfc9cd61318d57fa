/** Proof that goes on, on a clock that the test moves. */
import { describe, expect, it } from "vitest";
import { prove } from "../../../app/check/prove.ts";
import { frameHeartbeat, frameVerdict, type Heartbeat, type Verdict } from "../../../document/verdict.ts";

const SHA256 = "a".repeat(64);
const HOUR_S = 3600;

interface World {
  nowS: number;
  version: number | undefined;
  /** What the probe for the vault comes to. */
  vault: "refused" | "allowed";
  /** How long a run takes. */
  runS: number;
}

/** What was said, and when. */
type SaidLine = { atS: number; verdict?: Verdict; heartbeat?: Heartbeat };

const verdictOf = ({ version, vault }: World): Verdict => ({
  version: 1,
  ok: vault === "refused",
  ...(vault === "allowed" && { cause: "too-much-allowed" as const }),
  instance: "ocid1.instance.oc1.iad.a",
  secret: { id: "s", ...(version !== undefined && { version }) },
  probes: [
    {
      name: "vault",
      says: "read the vault",
      operation: "keymanagement.GetVault",
      target: { id: "v", seen: "stack" },
      expected: "refused",
      observed: vault,
      status: vault === "allowed" ? 200 : 404,
      ok: vault === "refused",
    },
  ],
});

/** Proves for some time. @param events what happens, by the second in which it does */
const proveFor = async (
  forS: number,
  events: Readonly<Record<number, (world: World) => void>> = {},
  check: Partial<Parameters<typeof prove>[0]["check"]> = {},
) => {
  const world: World = { nowS: 0, version: 1, vault: "refused", runS: 0 };
  const lines: SaidLine[] = [];
  const runs: { atS: number; waitsFor: string }[] = [];
  const ran: Verdict[] = [];
  const pass = (s: number): void => {
    for (const untilS = world.nowS + s; world.nowS < untilS; ) {
      world.nowS = Math.min(world.nowS + 1, untilS);
      events[world.nowS]?.(world);
    }
  };
  const over = new Error("over");
  const proof = prove({
    check: { everyS: 60, proveEveryS: 600, heartbeatS: HOUR_S, ...check },
    documentSha256: SHA256,
    boot: "b",
    run: async (waitsFor) => {
      if (world.nowS > forS) throw over;
      runs.push({ atS: world.nowS, waitsFor });
      pass(world.runS);
      return verdictOf(world);
    },
    secretVersion: async () => world.version,
    print: (said) => void lines.push({ atS: world.nowS, ...said }),
    ran: (verdict) => void ran.push(verdict),
    nowMs: () => world.nowS * 1000,
    sleep: async (ms) => {
      pass(ms / 1000);
      if (world.nowS > forS) throw over;
    },
  });
  await expect(proof).rejects.toBe(over);
  return { lines, runs, ran, verdicts: lines.filter((l) => l.verdict) };
};

describe("proof goes on after the first verdict", () => {
  it("says when it starts with a document, and tries everything at the interval", async () => {
    const { lines, runs, verdicts } = await proveFor(1900);
    expect(lines[0]!.heartbeat).toMatchObject({ documentSha256: SHA256, proof: { runs: 0 } });
    expect(lines[0]!.heartbeat).not.toHaveProperty("ok");
    expect(runs).toEqual([
      { atS: 0, waitsFor: "grants" },
      ...[600, 1200, 1800].map((atS) => ({ atS, waitsFor: "responses" })),
    ]);
    expect(verdicts).toHaveLength(1);
    expect(verdicts[0]!.verdict).toMatchObject({
      documentSha256: SHA256,
      proof: { runs: 1, everyS: 600, heartbeatS: HOUR_S },
    });
  });

  it("finds a right that was added by hand within one interval, and says when it is gone", async () => {
    const { verdicts } = await proveFor(3000, {
      700: (world) => {
        world.vault = "allowed";
      },
      1900: (world) => {
        world.vault = "refused";
      },
    });
    expect(verdicts.map(({ atS, verdict }) => [atS, verdict!.ok, verdict!.changed])).toEqual([
      [0, true, undefined],
      [1200, false, ["read the vault: refused before, allowed now"]],
      [2400, true, ["read the vault: allowed before, refused now"]],
    ]);
  });

  it("tries everything as soon as the secret has a new version", async () => {
    const { runs, verdicts } = await proveFor(1000, {
      130: (world) => {
        world.version = 2;
      },
    });
    expect(runs.map((r) => r.atS)).toEqual([0, 180, 780]);
    expect(verdicts[1]!.verdict).toMatchObject({
      secret: { version: 2 },
      changed: ["the secret: version 1 before, version 2 now"],
    });
  });

  it("is said in a short line at most once an hour, and whole once a day", async () => {
    const { lines, ran } = await proveFor(25 * HOUR_S);
    const beats = lines.filter((l) => l.heartbeat).slice(1);
    expect(beats).toHaveLength(24);
    beats.forEach(({ atS }, i) => {
      expect(atS - (beats[i - 1]?.atS ?? 0)).toBeGreaterThanOrEqual(HOUR_S);
    });
    expect(beats[0]!.heartbeat).toEqual({
      version: 1,
      ok: true,
      documentSha256: SHA256,
      boot: "b",
      instance: "ocid1.instance.oc1.iad.a",
      time: "1970-01-01T01:00:00.000Z",
      proof: { runs: 7, everyS: 600, heartbeatS: HOUR_S },
    });
    expect(lines.filter((l) => l.verdict).map((l) => l.atS)).toEqual([0, 24 * HOUR_S]);
    // Every run is told to the metrics.
    expect(ran.map((v) => v.proof!.runs)).toEqual(ran.map((_, i) => i + 1));
    expect(ran.length).toBeGreaterThan(149);
  });

  it("does not overlap itself where a run takes longer than the interval", async () => {
    const { runs } = await proveFor(
      40,
      {
        1: (world) => {
          world.runS = 15;
        },
      },
      { proveEveryS: 10, everyS: 1 },
    );
    expect(runs.map((r) => r.atS)).toEqual([0, 10, 25, 40]);
  });

  it("leaves the console its room where the outcome changes with every run, and counts what it does not print", async () => {
    const everyS = 10;
    const flapping = Object.fromEntries(
      Array.from({ length: 360 * 6 }, (_, i): [number, (world: World) => void] => [
        i * everyS + 5,
        (world) => {
          world.vault = i % 2 ? "refused" : "allowed";
        },
      ]),
    );
    const forS = 6 * HOUR_S;
    const { lines, ran } = await proveFor(forS, flapping, { proveEveryS: everyS, everyS });
    expect(ran.length).toBeGreaterThan(2_000);
    // What is left at the beginning, and what is added in each hour; the last line of each kind may be over it.
    const sizes = lines.map(
      ({ verdict, heartbeat }) => (verdict ? frameVerdict(verdict) : frameHeartbeat(heartbeat!)).length,
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(7.1 * 65_536);
    const whole = lines.filter((line) => line.verdict);
    expect(whole.length).toBeGreaterThan(60);
    // Each run that is neither printed whole nor as the verdict printed last is counted by the next line.
    const later = whole.map(({ verdict }) => verdict!.proof!.unprinted ?? 0);
    expect(Math.max(...later)).toBeGreaterThan(1);
    // While there is room for short lines, they say the newest outcome.
    const cramped = lines.slice(lines.findIndex((line) => line.heartbeat?.proof.unprinted));
    expect(cramped[0]!.heartbeat).toMatchObject({ proof: { unprinted: 1 } });
    // And when it flaps no more, what is so is printed whole.
    const calm = await proveFor(forS + 2 * HOUR_S, flapping, { proveEveryS: everyS, everyS });
    const end = calm.lines.findLast((line) => line.verdict)!.verdict!;
    expect(end.ok).toBe(calm.ran.at(-1)!.ok);
  });
});
