/** Which results a run waits for. */
import { expect, it } from "vitest";
import { isWaitedFor } from "../../../app/check/probes.ts";
import { verdictLines } from "../../../commands/shared/verdict/show-verdict.ts";
import type { ProbeResult } from "../../../document/verdict.ts";

const result = (expected: ProbeResult["expected"], observed: ProbeResult["observed"]): ProbeResult => ({
  name: "vault",
  says: "read the vault",
  operation: "keymanagement.GetVault",
  target: { id: "v", seen: "stack" },
  expected,
  observed,
  status: 0,
  ok: expected === observed,
});

it("the first run waits for grants in both directions, a repeated one says them at once", () => {
  for (const [expected, observed] of [
    ["allowed", "refused"],
    ["refused", "allowed"],
  ] as const) {
    expect(isWaitedFor(result(expected, observed), "grants")).toBe(true);
    expect(isWaitedFor(result(expected, observed), "responses")).toBe(false);
  }
  for (const both of ["allowed", "refused"] as const)
    expect(isWaitedFor(result(both, both), "grants")).toBe(false);
  expect(isWaitedFor(result("always", "refused"), "grants")).toBe(false);
});

it("both wait for a service that gives neither, but not for a client that cannot be used", () => {
  for (const what of ["grants", "responses"] as const) {
    expect(isWaitedFor(result("refused", "error"), what)).toBe(true);
    expect(isWaitedFor({ ...result("allowed", "error"), code: "ClientUnusable" }, what)).toBe(false);
  }
});

it("what was waited for is shown with the time that it took", () => {
  const lines = (of: ProbeResult) => verdictLines({ version: 1, ok: of.ok, probes: [of] }, false)[0];
  expect(lines({ ...result("refused", "refused"), afterMs: 43_210 })).toMatch(/refused, .* \(after 43 s\)$/);
  expect(lines({ ...result("refused", "allowed"), afterMs: 1_800_000 })).toMatch(
    /ALLOWED, and must not be \(still so after 1800 s\)$/,
  );
  expect(lines(result("refused", "refused"))).not.toContain("after");
});
