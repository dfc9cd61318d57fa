/** Keys of S3 follow from tokens: they change with them, are good for the overlap, and end with the client. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { presign, s3Call, sendS3 } from "../../../support/s3-client.ts";
import { type S3World, startS3World } from "../../../support/s3-world.ts";

const ROTATE_S = 4;
let world: S3World;
beforeAll(async () => {
  world = await startS3World({ tokens: { rotateS: ROTATE_S, overlapS: 2 } });
}, 60_000);
afterAll(() => world.close());

const fileOf = (client: string): string => world.proxy.proxy.clients[client]!.s3!.credentialsFile!;
const put = async (key?: { accessKeyId: string; secretAccessKey: string }) => {
  const own = key && { ...key, sessionToken: "", expiresMs: undefined };
  return s3Call(world, "app", "PUT", "/exports/x", { body: "x", ...(own && { key: own }) });
};

it("changes with the token; the one before is good for the overlap, and no longer", async () => {
  const before = world.keysOf("app");
  const file = fileOf("app");
  const url = presign(world, "app", "GET", "/exports/x", "604800");
  expect((await put(before)).status).toBe(200);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await expect.poll(() => world.keysOf("app").accessKeyId, { timeout: 10_000 }).not.toBe(before.accessKeyId);
  expect((await put(before)).status).toBe(200);
  expect((await put()).status).toBe(200);
  await delay(2500);
  const late = await put(before);
  expect([late.status, late.code]).toEqual([403, "InvalidAccessKeyId"]);
  // A URL lives no longer than the key that it was signed with, whatever it says.
  expect((await sendS3(world.url, url, undefined)).code).toBe("InvalidAccessKeyId");
  expect((await put()).status).toBe(200);
});

it("ends with the client, and so does its file", async () => {
  const key = world.keysOf("app");
  const file = fileOf("app");
  expect(readFileSync(file, "utf8")).toContain(key.secretAccessKey);
  await world.proxy.proxy.update({ clients: {} });
  expect(existsSync(file)).toBe(false);
  // With the last client its port closes, too.
  await expect(put(key)).rejects.toThrow();
});
