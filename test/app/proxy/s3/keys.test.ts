/** Access keys that follow from tokens. */
import { hash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { S3Error } from "../../../../app/proxy/s3/errors.ts";
import { findKey, makeKey } from "../../../../app/proxy/s3/signature/keys.ts";

const digest = (token: string): Buffer => Buffer.from(hash("sha256", token, "hex"), "latin1");
const NOW = Date.UTC(2026, 10, 28, 12);
const HOUR = 3_600_000;
const accepted = ["a", "b", "c"].map((client) => ({
  client,
  digest: digest(`token of ${client}`),
  untilMs: Number.POSITIVE_INFINITY,
}));
const B = accepted[1]!.digest;

const codeOf = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    return error instanceof S3Error ? error.code : String(error);
  }
  return "none";
};

describe("a key", () => {
  it("has the form that clients take", () => {
    const key = makeKey(B, NOW + HOUR);
    expect(key.accessKeyId).toMatch(/^KLS3[A-Z2-7]{20}$/);
    expect(key.secretAccessKey).toMatch(/^[A-Za-z0-9]{40}$/);
    expect(key.sessionToken).toMatch(/^[A-Za-z0-9]{43}$/);
    expect(key.expiresMs).toBe(NOW + HOUR);
  });

  it("is the same in another process, and another for each token and expiry", () => {
    const copy = Buffer.from(B);
    expect(makeKey(copy, NOW)).toEqual(makeKey(B, NOW));
    const all = accepted.flatMap((one) =>
      [undefined, NOW, NOW + 60_000].map((until) => makeKey(one.digest, until)),
    );
    for (const member of ["accessKeyId", "secretAccessKey", "sessionToken"] as const) {
      expect(new Set(all.map((key) => key[member])).size).toBe(all.length);
    }
  });

  it("lives no longer than was asked for", () => {
    expect(makeKey(B, NOW + 59_999).expiresMs).toBe(NOW);
    expect(makeKey(B, 0).expiresMs).toBe(60_000);
    expect(makeKey(B, undefined).expiresMs).toBeUndefined();
  });
});

describe("a key is found", () => {
  it.each([
    ["with an expiry", NOW + HOUR],
    ["without", undefined],
  ])("%s", (_, expiresMs) => {
    for (const one of accepted) {
      const key = makeKey(one.digest, expiresMs);
      expect(findKey(key.accessKeyId, accepted, NOW)).toEqual({ client: one.client, key });
    }
  });

  it("until its time is over, and not in that millisecond", () => {
    const { accessKeyId } = makeKey(B, NOW + HOUR);
    expect(codeOf(() => findKey(accessKeyId, accepted, NOW + HOUR - 1))).toBe("none");
    expect(codeOf(() => findKey(accessKeyId, accepted, NOW + HOUR))).toBe("ExpiredToken");
  });

  it("until its token is no longer accepted", () => {
    const { accessKeyId } = makeKey(B, undefined);
    const ending = accepted.map((one) => ({ ...one, untilMs: NOW }));
    expect(codeOf(() => findKey(accessKeyId, ending, NOW - 1))).toBe("none");
    expect(codeOf(() => findKey(accessKeyId, ending, NOW))).toBe("InvalidAccessKeyId");
    expect(codeOf(() => findKey(accessKeyId, [accepted[0]!], NOW))).toBe("InvalidAccessKeyId");
  });

  it("among many that differ only in the expiry", () => {
    for (let minute = 1; minute < 100; minute++) {
      const key = makeKey(B, NOW + minute * 60_000);
      expect(findKey(key.accessKeyId, accepted, NOW).key.secretAccessKey).toBe(key.secretAccessKey);
    }
  });
});

describe("no key is", () => {
  const { accessKeyId } = makeKey(B, NOW + HOUR);
  it.each([
    ["an empty one", ""],
    ["Amazon's", "AKIAIOSFODNN7EXAMPLE"],
    ["one in lower case", accessKeyId.toLowerCase()],
    ["one that is cut", accessKeyId.slice(0, -1)],
    ["one with more behind it", `${accessKeyId}A`],
    ["one with a line end", `${accessKeyId}\n`],
    ["the id of no token", `KLS3${"A".repeat(20)}`],
    // 100 bits for 96: the last character has four to spare.
    ["another spelling of the last character", accessKeyId.slice(0, -1) + next(accessKeyId.at(-1)!)],
    ["one with another prefix", `KLS4${accessKeyId.slice(4)}`],
  ])("%s", (_, id) => {
    expect(id).not.toBe(accessKeyId);
    expect(codeOf(() => findKey(id, accepted, NOW))).toBe("InvalidAccessKeyId");
  });

  it("one whose expiry was moved: its secret is another", () => {
    const short = makeKey(B, NOW + 60_000);
    const long = makeKey(B, NOW + 1000 * HOUR);
    expect(long.accessKeyId.slice(4, 16)).toBe(short.accessKeyId.slice(4, 16));
    expect(findKey(long.accessKeyId, accepted, NOW).key.secretAccessKey).not.toBe(short.secretAccessKey);
  });
});

/** The next character of base32. */
function next(character: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  return alphabet[(alphabet.indexOf(character) + 1) % 32]!;
}
