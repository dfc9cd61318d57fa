/** Recipes for OpenTelemetry's SDK and Prometheus, as the page has them, run by the real programs against a local OCI. */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { AuditLine } from "../../../app/proxy/observe/audit.ts";
import { freePort } from "../../support/free-port.ts";
import { type LocalWorld, localWorld, startLocalProxy, worldDocument } from "../../support/local-proxy.ts";
import { signedCall } from "../../support/signed-call.ts";
import { skipFor } from "../../support/skip.ts";

const ROOT = join(import.meta.dirname, "../../..");
const PYTHONPATH = join(ROOT, ".keyless/opentelemetry");
const page = readFileSync(join(ROOT, "docs/proxy-recipes.md"), "utf8");
const recipe = (about: string): string =>
  new RegExp(`^\`\`\`\\w+ ${about}\\n([\\s\\S]*?)^\`\`\``, "m").exec(page)![1]!;

let world: LocalWorld;
let running: Awaited<ReturnType<typeof startLocalProxy>>;
let dir: string;
let child: ChildProcess | undefined;
beforeAll(async () => {
  world = await localWorld();
  const { app } = worldDocument(world).clients;
  const others = app.allow.filter((rule) => rule.grant === "audit");
  running = await startLocalProxy(
    world,
    { tokens: { rotateS: 3, overlapS: 2 } },
    { clients: { app, none: { allow: others } } },
  );
  dir = mkdtempSync(join(tmpdir(), "keyless-metric-agents-"));
});
afterEach(async () => {
  if (!child || child.exitCode !== null) return;
  const ended = new Promise((resolve) => child!.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
});
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  await running.close();
  await world.oci.close();
});

/** Names and dimensions of what was posted, as OCI lists it. */
const listed = async (): Promise<{ name: string; dimensions: Record<string, string> }[]> => {
  const target = `/20180401/metrics/actions/listMetrics?compartmentId=${world.compartmentId}&limit=1000`;
  const { body } = await signedCall(world.oci, "monitoring", "POST", target, { body: { namespace: "app" } });
  return body as never;
};
const audit = (): AuditLine[] =>
  readFileSync(join(running.dir, "audit.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as AuditLine);

const python = (client: string): Promise<{ code: number; out: string }> => {
  const file = join(dir, "recipe.py");
  writeFileSync(file, recipe("opentelemetry"));
  const env = {
    ...process.env,
    PYTHONPATH,
    PROXY: running.proxy.url,
    TOKEN: running.proxy.clients[client]!.tokenFile,
  };
  return new Promise((resolve) => {
    execFile("python3", [file], { env, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? 1 : 0, out: stdout + stderr }),
    );
  });
};

const asks = ["-c", "import opentelemetry.exporter.otlp.proto.http"];
const withoutSdk =
  spawnSync("python3", asks, { env: { ...process.env, PYTHONPATH } }).status === 0
    ? undefined
    : "Python's OpenTelemetry SDK is not in .keyless/opentelemetry";
skipFor(withoutSdk).it(
  "Python's OpenTelemetry SDK exports logs and metrics",
  { timeout: 120_000 },
  async () => {
    const { code, out } = await python("app");
    expect([code, out]).toEqual([0, expect.not.stringContaining("Failed")]);
    const log = JSON.stringify(world.oci.cloud.store.get(world.logId, "log")!.hidden.entries);
    expect(log).toContain("an order of 3 pieces");
    const metrics = await listed();
    expect(metrics.map((m) => m.name).sort()).toEqual([
      "orders",
      "took.count",
      "took.max",
      "took.min",
      "took.sum",
    ]);
    expect(metrics.find((m) => m.name === "orders")!.dimensions).toMatchObject({
      country: "DE",
      "service.name": "shop",
    });
  },
);

skipFor(withoutSdk).it("and says why nothing was exported", { timeout: 120_000 }, async () => {
  const { out } = await python("none");
  const printed = /A refusal drops the batch[^`]*`([^`]+)`/.exec(page)![1]!;
  expect(out).toContain(printed);
});

const withoutPrometheus =
  spawnSync("prometheus", ["--version"]).status === 0 ? undefined : "prometheus is not on PATH";
/** Starts Prometheus with the page's configuration, with this test's ports and files in the place of the usual ones. */
const startPrometheus = async (client: string): Promise<() => string> => {
  const port = await freePort();
  const code = recipe("prometheus")
    .replace("127.0.0.1:8480", new URL(running.proxy.url!).host)
    .replace("127.0.0.1:9090", `127.0.0.1:${port}`)
    .replace("/run/keyless-proxy/app.token", running.proxy.clients[client]!.tokenFile!)
    .replace("scrape_interval: 60s", "scrape_interval: 1s");
  const file = join(dir, `${client}.yml`);
  writeFileSync(file, code);
  let output = "";
  child = spawn(
    "prometheus",
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(dir, client)}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (piece) => (output += piece));
  return () => output;
};

skipFor(withoutPrometheus).it(
  "Prometheus writes, and goes on with the tokens that follow",
  { timeout: 120_000 },
  async () => {
    const before = audit().length;
    const output = await startPrometheus("app");
    // Each token is good for 5 s: the last of these writes is with another one than the first.
    await expect
      .poll(
        () =>
          audit()
            .slice(before)
            .filter((line) => line.status === 204 && line.calls! > 0).length,
        {
          timeout: 90_000,
          message: "writes that were taken",
        },
      )
      .toBeGreaterThanOrEqual(4);
    expect(output()).not.toContain("non-recoverable");
    const up = (await listed()).find((m) => m.name === "up")!;
    expect(up.dimensions).toMatchObject({ job: "prometheus" });
  },
);

skipFor(withoutPrometheus).it("Prometheus logs why it is refused", { timeout: 120_000 }, async () => {
  const output = await startPrometheus("none");
  await expect.poll(output, { timeout: 60_000 }).toContain("non-recoverable error");
  expect(output()).toContain("no grant of none is about metrics");
});
