/** A proxy that reads its clients from the metadata by itself takes only what the instance's stack has signed. */
import { generateKeyPairSync, sign } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { watchMetadata } from "../../../app/proxy/watch.ts";
import type { KeylessDocumentInput } from "../../../document/schema.ts";
import { signedMessage } from "../../../document/signature.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const trust = {
  stack: "keyless/dev",
  publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
};

const plain = (client: string): KeylessDocumentInput => ({
  version: 1,
  bundle: { url: "https://example.com/app", sha256: "ab".repeat(32) },
  check: { secretId: "ocid1.vaultsecret.oc1.iad.a", deadlineS: 1, probes: [] },
  proxy: { clients: { [client]: { allow: [] } } },
});

const signed = (client: string, sequence: number, stack = "keyless/dev"): KeylessDocumentInput => {
  const document = plain(client);
  const value = sign("sha256", Buffer.from(signedMessage(document, { stack, sequence })), privateKey);
  return { ...document, signature: { stack, sequence, value: value.toString("base64") } };
};

let folder: string;
let server: Server;
let served: object;
let trustFile: string;
const errors: string[] = [];
const log = { info: () => {}, error: (message: string) => void errors.push(message) };
const watch = (file = trustFile, stateFolder?: string) =>
  watchMetadata(`http://127.0.0.1:${(server.address() as AddressInfo).port}/opc/v2`, log, {
    trustFile: file,
    stateFolder,
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "keyless-watch-"));
  trustFile = join(folder, "trust.json");
  await writeFile(trustFile, JSON.stringify(trust));
  server = createServer((_, response) => response.end(JSON.stringify(served)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => {
  vi.useRealTimers();
  errors.length = 0;
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

it("takes a signed document, and refuses others with the reason", async () => {
  served = signed("mailer", 5);
  expect(Object.keys((await watch()).current!.clients)).toEqual(["mailer"]);
  served = plain("intruder");
  expect((await watch()).current).toBeUndefined();
  served = signed("intruder", 6, "keyless/other");
  expect((await watch()).current).toBeUndefined();
  served = { ...signed("mailer", 6), proxy: { clients: { intruder: { allow: [] } } } };
  expect((await watch()).current).toBeUndefined();
  expect(errors).toEqual([
    expect.stringContaining("it is not signed"),
    expect.stringContaining("it is for the stack keyless/other"),
    expect.stringContaining("its signature is not one of the stack's key"),
  ]);
});

it("refuses an older document that is put back, and goes on with the newer one", async () => {
  served = signed("first", 5);
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const source = await watch();
  const taken: string[][] = [];
  const end = source.subscribe!((document) => taken.push(Object.keys(document.clients)));
  const poll = async (until: () => boolean) => {
    vi.advanceTimersByTime(10_000);
    await vi.waitUntil(until);
  };
  served = signed("second", 6);
  await poll(() => taken.length === 1);
  served = signed("first", 5);
  await poll(() => errors.length === 1);
  end();
  expect(taken).toEqual([["second"]]);
  expect(errors[0]).toContain("it is older than the one accepted before");
});

it("refuses an older document after a restart too, and goes on with the accepted one", async () => {
  const state = join(folder, "state");
  served = signed("second", 6);
  await watch(trustFile, state);
  served = signed("first", 5);
  const clients = async () => Object.keys((await watch(trustFile, state)).current?.clients ?? {});
  expect(await clients()).toEqual(["second"]);
  expect(errors).toEqual([expect.stringContaining("(sequence 5, accepted 6)")]);
  // Another one with the same sequence was never deployed.
  served = signed("forged", 6);
  expect(await clients()).toEqual(["second"]);
  served = signed("third", 7);
  expect(await clients()).toEqual(["third"]);
  // The launcher's own file has the same form.
  expect(JSON.parse(await readFile(join(state, "accepted.json"), "utf8"))).toEqual(served);
  // What another stack's key has signed counts nothing, and a file that cannot be read stops the start.
  await writeFile(join(state, "accepted.json"), JSON.stringify(signed("foreign", 99, "keyless/other")));
  expect(await clients()).toEqual(["third"]);
  await rm(join(state, "accepted.json"));
  await mkdir(join(state, "accepted.json"));
  await expect(watch(trustFile, state)).rejects.toThrow(/EISDIR/);
});

it("takes every document where the stack does not sign, and none where the file cannot be used", async () => {
  served = plain("mailer");
  const file = join(folder, "unsigned.json");
  await writeFile(file, JSON.stringify({ unsigned: true }));
  expect(Object.keys((await watch(file)).current!.clients)).toEqual(["mailer"]);
  await expect(watch(join(folder, "absent.json"))).rejects.toThrow(/absent\.json/);
});
