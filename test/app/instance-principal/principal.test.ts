import { createPublicKey, verify } from "node:crypto";
import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  createInstancePrincipal,
  createTransport,
  type InstancePrincipal,
  type InstancePrincipalOptions,
  type Session,
  signRequest,
} from "../../../app/instance-principal/index.ts";
import { quietest } from "../../support/quietest.ts";
import {
  DOMAIN,
  INSTANCE,
  REGION,
  type SmallOci,
  startSmallOci,
  TENANCY,
} from "../../support/small-oci/index.ts";
import { nextKeyPair } from "../../support/test-keys.ts";

let oci: SmallOci;
const made: InstancePrincipal[] = [];

const principal = (options: InstancePrincipalOptions = {}): InstancePrincipal => {
  const dispatcher = createTransport({ ca: oci.ca, connectTo: { address: "127.0.0.1", port: oci.tlsPort } });
  const one = createInstancePrincipal({
    dispatcher,
    // Keys are made where making them is what is tested.
    newKeyPair: async () => nextKeyPair(),
    ...options,
    metadata: { baseUrl: oci.metadataUrl, timeoutMs: 300, ...options.metadata },
  });
  made.push(one);
  return one;
};

const respond = (res: ServerResponse, status: number, body?: unknown): true => {
  res.writeHead(status).end(body === undefined ? undefined : JSON.stringify(body));
  return true;
};

/** Whether key and token of a session belong together. */
const holds = async (session: Session): Promise<boolean> => {
  const authorization = await signRequest(session, { method: "GET", host: "h", target: "/t", date: "d" });
  const signature = /signature="([^"]+)"/.exec(authorization)![1]!;
  const claims = JSON.parse(Buffer.from(session.keyId.split(".")[1]!, "base64url").toString());
  const key = createPublicKey({ key: JSON.parse(claims.jwk), format: "jwk" });
  const text = "x-date: d\n(request-target): get /t\nhost: h";
  return verify("sha256", Buffer.from(text), key, Buffer.from(signature, "base64"));
};

beforeAll(async () => {
  oci = await startSmallOci();
});
afterAll(() => oci.close());
beforeEach(() => {
  Object.assign(oci, { lifetimeS: 1200, onMetadata: undefined, onFederation: undefined });
  oci.counts = { metadata: 0, federation: 0, upstream: 0 };
});
afterEach(() => {
  for (const one of made.splice(0)) one.close();
});

describe("obtaining a session", () => {
  it("reads identity, region and realm from the metadata and exchanges the certificate for a token", async () => {
    const one = principal({ newKeyPair: undefined });
    const session = await one.session();
    expect(await holds(session)).toBe(true);
    expect(one.identity).toMatchObject({
      regionId: REGION,
      realmDomain: DOMAIN,
      tenancyId: TENANCY,
      instanceId: INSTANCE,
    });
    expect(session.expiresAtMs - session.startedAtMs).toBeGreaterThan(1_195_000);
    expect(one.status()).toMatchObject({ ready: true, refreshes: 1, failures: 0, lastError: undefined });
  });

  it("makes one exchange for many callers", async () => {
    const one = principal();
    const sessions = await Promise.all(Array.from({ length: 100 }, () => one.session()));
    expect(new Set(sessions).size).toBe(1);
    expect(oci.counts).toMatchObject({ federation: 1, metadata: 4 });
  });

  it("does not block the event loop while it makes the key", async () => {
    const longestGap = async (): Promise<number> => {
      const one = principal({ newKeyPair: undefined });
      let longestMs = 0;
      let last = performance.now();
      const watch = setInterval(() => {
        longestMs = Math.max(longestMs, performance.now() - last);
        last = performance.now();
      }, 1);
      await one.session();
      clearInterval(watch);
      return longestMs;
    };
    expect(await quietest(80, longestGap)).toBeLessThan(80);
  });

  it("waits as long as a 429 of the metadata service asks, and tries 5xx again", async () => {
    let refusals = 0;
    oci.onMetadata = (path, res) => {
      if (path !== "identity/cert.pem" || refusals++ > 1) return false;
      res.writeHead(refusals === 1 ? 429 : 503, { "retry-after": "1" }).end();
      return true;
    };
    const startedMs = performance.now();
    await principal().session();
    expect(performance.now() - startedMs).toBeGreaterThan(1900);
  });

  it("gives up a hung metadata service within the deadline, naming the call", async () => {
    oci.onMetadata = (path) => path === "identity/key.pem";
    const giveUp = async (): Promise<number> => {
      const one = principal({ refresh: { deadlineMs: 1000 }, metadata: { tries: 99 } });
      const startedMs = performance.now();
      await expect(one.session()).rejects.toThrow(
        /no session within 1000 ms|GET .*identity\/key.pem: no response within 300 ms/,
      );
      expect(one.status()).toMatchObject({ ready: false, failures: 1 });
      return performance.now() - startedMs;
    };
    expect(await quietest(1500, giveUp)).toBeLessThan(1500);
  });

  it("does not try again what the metadata service refuses", async () => {
    let asked = 0;
    oci.onMetadata = (path, res) => {
      if (path !== "instance/") return false;
      asked += 1;
      return respond(res, 403);
    };
    await expect(principal().session()).rejects.toThrow(/answered GET .*instance\/ with 403/);
    expect(asked).toBe(1);
  });

  it("names the clock's offset when the auth service refuses", async () => {
    oci.onFederation = (res) => {
      res.setHeader("date", new Date(Date.now() + 600_000).toUTCString());
      res.writeHead(401).end(JSON.stringify({ code: "NotAuthenticated", message: "no" }));
      return true;
    };
    await expect(principal().session()).rejects.toThrow(
      /401 NotAuthenticated: no; this machine's clock is (599|600) s behind the server's; OCI accepts 300 s/,
    );
  });

  it("reads the identity again when certificate and key belong to different rotations", async () => {
    let wrongKey: string | undefined;
    await oci.rotateLeaf();
    oci.onMetadata = (path, res) => {
      if (path !== "identity/key.pem" || wrongKey) return false;
      wrongKey = "sent";
      res.end("-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n");
      return true;
    };
    expect(await holds(await principal().session())).toBe(true);
    expect(oci.counts.metadata).toBe(7);
  });

  it("refuses a token for another key, an expired one and what is no token", async () => {
    const tokenOf = (claims: object) =>
      `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`;
    const cases: [unknown, RegExp][] = [
      [tokenOf({ exp: 4e9, jwk: "{}" }), /another session key/],
      [tokenOf({ exp: 1 }), /expired already/],
      [tokenOf({}), /no time of expiry/],
      ["nonsense", /no security token/],
      [undefined, /no security token/],
    ];
    for (const [token, message] of cases) {
      oci.onFederation = (res) => respond(res, 200, { token });
      await expect(principal().session()).rejects.toThrow(message);
    }
  });
});

describe("keeping it fresh", () => {
  it("refreshes ahead of expiry and swaps key and token as one", async () => {
    oci.lifetimeS = 3;
    const one = principal();
    await one.session();
    const seen = new Map<number, Session>();
    const endMs = performance.now() + 2500;
    while (performance.now() < endMs) {
      const session = one.current();
      expect(session, "a session at any time").toBeDefined();
      seen.set(session!.generation, session!);
      await delay(5);
    }
    expect(seen.size).toBeGreaterThanOrEqual(2);
    for (const session of seen.values()) expect(await holds(session)).toBe(true);
  });

  it("serves the old token until it expires when the auth service is down, then recovers by itself", async () => {
    // Tokens end with a whole second: up to one less than this.
    oci.lifetimeS = 4;
    const one = principal({ refresh: { retryIntervalMs: 100 } });
    const first = await one.session();
    oci.onFederation = (res) => respond(res, 503);
    let seen = one.current();
    for (; seen !== undefined; seen = one.current()) {
      expect(seen).toBe(first);
      await delay(20);
    }
    expect(performance.now() - first.startedAtMs).toBeGreaterThan(1900);
    expect(one.status().failures).toBeGreaterThan(0);
    await expect(one.session()).rejects.toThrow(
      /POST https:\/\/auth\.xx-test-1\.cloud\.example\/v1\/x509 with 503/,
    );
    oci.lifetimeS = 1200;
    oci.onFederation = undefined;
    await delay(110);
    expect((await one.session()).generation).toBe(2);
  });

  it("goes on with the leaf it knows when the metadata service is down", async () => {
    const one = principal({ refresh: { forcedIntervalMs: 0 }, metadata: { tries: 1 } });
    const first = await one.session();
    oci.onMetadata = (_, res) => respond(res, 500);
    expect((await one.afterRefusal(first.generation))?.generation).toBe(2);
  });

  it("presents the rotated certificate after a rotation", async () => {
    const one = principal({ refresh: { forcedIntervalMs: 0 } });
    const first = await one.session();
    await oci.rotateLeaf();
    const second = await one.afterRefusal(first.generation);
    expect(second?.generation).toBe(2);
    expect(await holds(second!)).toBe(true);
  });

  it("refreshes once for all whose signatures were refused, and not again before the interval", async () => {
    const one = principal({ refresh: { forcedIntervalMs: 60_000 } });
    const first = await one.session();
    const after = await Promise.all(Array.from({ length: 50 }, () => one.afterRefusal(first.generation)));
    expect(new Set(after.map((s) => s?.generation))).toEqual(new Set([2]));
    expect(oci.counts.federation).toBe(2);
    expect(await one.afterRefusal(2)).toBeUndefined();
    expect(oci.counts.federation).toBe(2);
  });

  it("lets a caller leave without ending the refresh", async () => {
    const one = principal();
    const waiting = one.session(AbortSignal.abort(new Error("left")));
    await expect(waiting).rejects.toThrow("left");
    expect((await one.session()).generation).toBe(1);
    expect(oci.counts.federation).toBe(1);
  });

  it("serves 100 callers through 3 refreshes without one failure", async () => {
    oci.lifetimeS = 1200;
    const one = principal({ refresh: { forcedIntervalMs: 0 } });
    await one.session();
    let generation = 1;
    let signed = 0;
    let wrong = 0;
    const callers = Array.from({ length: 100 }, async () => {
      while (generation <= 3) {
        const session = await one.session();
        if (!(await holds(session))) wrong += 1;
        signed += 1;
        await delay(50);
      }
    });
    while (generation <= 3) {
      generation = (await one.afterRefusal(generation))!.generation;
      await delay(20);
    }
    await Promise.all(callers);
    expect(wrong).toBe(0);
    expect(signed).toBeGreaterThan(100);
  });
});
