import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Session } from "../../../app/instance-principal/index.ts";
import { Signer } from "../../../app/proxy/forward/sign.ts";

const session = (generation: number): Session => ({
  generation,
  keyId: `ST$${generation}`,
  privateKey: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
  startedAtMs: 0,
  expiresAtMs: Number.POSITIVE_INFINITY,
  offsetMs: undefined,
});
const one = session(1);
const two = session(2);
const request = { method: "GET", host: "h.example", target: "/a?b=c", date: "Thu, 01 Jan 1970 00:00:00 GMT" };
const body = { type: "application/json", length: 2, sha256: "a" };

describe("the memo of signatures", () => {
  it("makes equal requests of one second share a signature from the second one on", async () => {
    let made = 0;
    const signer = new Signer({
      signed: () => {
        made += 1;
      },
    });
    const all = await Promise.all(Array.from({ length: 20 }, () => signer.sign(one, request, true)));
    expect(new Set(all).size).toBe(1);
    // What comes a second time is kept; what comes once is not.
    expect(made).toBe(2);
  });

  it.each([
    ["session", two, request],
    ["method", one, { ...request, method: "HEAD" }],
    ["host", one, { ...request, host: "i.example" }],
    ["target", one, { ...request, target: "/a?b=d" }],
    ["date", one, { ...request, date: "Thu, 01 Jan 1970 00:00:01 GMT" }],
  ])("tells requests of another %s apart", async (_, other, changed) => {
    const signer = new Signer({ signed: () => undefined });
    const first = await signer.sign(one, request, true);
    const second = await signer.sign(other, changed, true);
    expect(second).not.toBe(first);
    expect(second).toContain(`keyId="${other.keyId}"`);
  });

  it.each([
    ["type", { ...body, type: "text/plain" }],
    ["length", { ...body, length: 3 }],
    ["digest", { ...body, sha256: "b" }],
  ])("tells bodies of another %s apart", async (_, changed) => {
    const signer = new Signer({ signed: () => undefined });
    const first = await signer.sign(one, { ...request, method: "POST", body }, true);
    expect(await signer.sign(one, { ...request, method: "POST", body: changed }, true)).not.toBe(first);
  });
});
