import { describe, expect, it } from "vitest";
import { evaluateChecks } from "../../../app/check/evaluate.ts";
import { isAsExpected, observe } from "../../../app/check/probe.ts";
import type { ProbeResult } from "../../../document/verdict.ts";

const result = (of: Partial<ProbeResult>): ProbeResult => {
  const base = {
    name: "decoy-content",
    says: "read the sibling secret's content",
    operation: "secrets.GetSecretBundle",
    target: { id: "ocid1.vaultsecret.oc1.iad.x", seen: "stack" as const },
    expected: "refused" as const,
    observed: "refused" as const,
    status: 404,
    ...of,
  };
  return { ...base, ok: isAsExpected({ ...base, params: {} } as never, base.observed) };
};
const unreadable = { cause: "not-authorised" as const, says: "the secret is refused or absent (404)" };

describe("evaluating what was observed", () => {
  it("is good when the secret was read and every neighbour that exists was refused", () => {
    expect(evaluateChecks(undefined, [result({})])).toMatchObject({ ok: true });
  });

  it("says what is allowed and must not be", () => {
    const verdict = evaluateChecks(undefined, [result({ observed: "allowed", status: 200 })]);
    expect(verdict).toMatchObject({ ok: false, cause: "too-much-allowed" });
    expect(verdict.says).toContain("read the sibling secret's content");
  });

  it("puts the unread secret first, and still shows what is allowed", () => {
    const verdict = evaluateChecks(unreadable, [result({ observed: "allowed", status: 200 })]);
    expect(verdict.cause).toBe("not-authorised");
    expect(verdict.says).toContain("read the sibling secret's content");
  });

  it("says in the proxy's own words that a client cannot be used", () => {
    const message = "the rules of client a cannot be used: rule 1: there is no operation x.Y";
    const refused = { client: "a", expected: "allowed", observed: "error", status: 503 } as const;
    const verdict = evaluateChecks(undefined, [result({ ...refused, code: "ClientUnusable", message })]);
    expect(verdict).toMatchObject({ ok: false, cause: "settings", says: message });
  });

  it("tells a proxy that does not answer from a service that does not", () => {
    const silent = { client: "a", expected: "allowed", observed: "error", status: 0 } as const;
    expect(evaluateChecks(undefined, [result(silent)])).toMatchObject({ ok: false, cause: "proxy" });
    expect(evaluateChecks(undefined, [result({ ...silent, status: 502 })])).toMatchObject({
      cause: "service",
    });
  });

  it("is unproven when nobody has seen that a refused target exists", () => {
    expect(evaluateChecks(undefined, [result({ target: { id: "x", seen: "nobody" } })])).toMatchObject({
      ok: false,
      cause: "unproven",
    });
  });

  it("is bad when a grant does not work", () => {
    expect(evaluateChecks(undefined, [result({ expected: "allowed" })])).toMatchObject({
      cause: "not-authorised",
    });
  });

  it("is bad, and says so, when a call gave neither", () => {
    expect(evaluateChecks(undefined, [result({ observed: "error", status: 500 })])).toMatchObject({
      cause: "service",
    });
  });

  it("reads 412 as allowed: the request was authorised before its condition was looked at", () => {
    expect([200, 204, 412, 403, 404, 401, 500, 0].map((status) => observe(status))).toEqual([
      "allowed",
      "allowed",
      "allowed",
      "refused",
      "refused",
      "error",
      "error",
      "error",
    ]);
  });
});

it("takes a 404 for a refusal, unless its code is one that only the allowed are given", () => {
  expect(observe(404, "ObjectNotFound")).toBe("refused");
  expect(observe(404, "ObjectNotFound", "ObjectNotFound")).toBe("allowed");
  expect(observe(404, "BucketNotFound", "ObjectNotFound")).toBe("refused");
  expect(observe(404, undefined, "ObjectNotFound")).toBe("refused");
});
