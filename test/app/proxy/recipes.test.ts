/** Every recipe of the documentation, run as it is written against a local OCI. */
import { execFile, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalWorld, localWorld, startLocalProxy } from "../../support/local-proxy.ts";
import { skipUnless } from "../../support/skip.ts";

const text = readFileSync(join(import.meta.dirname, "../../../docs/proxy-recipes.md"), "utf8");
const recipes = [...text.matchAll(/^```(sh|python)( refused)?\n([\s\S]*?)^```/gm)].map((m) => ({
  language: m[1]!,
  refused: m[2] !== undefined,
  code: m[3]!,
}));
const hasRequests = spawnSync("python3", ["-c", "import requests"]).status === 0;

let world: LocalWorld;
let running: Awaited<ReturnType<typeof startLocalProxy>>;
beforeAll(async () => {
  world = await localWorld();
  running = await startLocalProxy(world);
});
afterAll(async () => {
  await running.close();
  await world.oci.close();
});

const run = (program: string, args: string[]): Promise<{ code: number; out: string }> => {
  const { tokenFile = "", socket = "" } = running.proxy.clients["app"]!;
  const env = {
    PATH: process.env["PATH"],
    HOME: process.env["HOME"],
    PROXY: running.proxy.url,
    TOKEN: tokenFile,
    SOCKET: socket,
    INSTANCE: world.instanceId,
    COMPARTMENT: world.compartmentId,
    LOG: world.logId,
    NAMESPACE: world.namespace,
    BUCKET: "exports",
  };
  return new Promise((resolve) => {
    execFile(program, args, { env, timeout: 20_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? ((error.code as unknown as number) ?? 1) : 0, out: stdout + stderr }),
    );
  });
};

describe("the recipes", () => {
  it("are there, in curl and in Python", () => {
    expect(recipes.filter((r) => r.language === "sh").length).toBeGreaterThanOrEqual(7);
    expect(recipes.filter((r) => r.language === "python").length).toBeGreaterThanOrEqual(3);
  });

  for (const [i, { language, refused, code }] of recipes.entries()) {
    skipUnless(language !== "python" || hasRequests, "Python's requests is not installed").it(
      `${i + 1}: ${code.split("\n")[0]}`,
      async () => {
        const response =
          language === "sh" ? await run("sh", ["-ec", code]) : await run("python3", ["-c", code]);
        if (refused) {
          expect(response.code, response.out).not.toBe(0);
          expect(response.out).toContain("NotGranted");
        } else {
          expect(response.code, response.out).toBe(0);
        }
      },
    );
  }

  it("leave their traces in the local OCI", async () => {
    const log = world.oci.cloud.store.get(world.logId, "log")!;
    expect(JSON.stringify(log.hidden.entries)).toContain("something happened");
  });
});

it("settings in the documentation are the defaults", async () => {
  const { parse } = await import("yaml");
  const { readProxySettings: readSettings } = await import("../../../app/proxy/settings.ts");
  const page = readFileSync(join(import.meta.dirname, "../../../docs/proxy.md"), "utf8");
  const block = /^```yaml\n([\s\S]*?)^```/m.exec(page)![1]!;
  expect(readSettings(parse(block))).toEqual(readSettings({}));
});
