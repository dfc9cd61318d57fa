/** `npm run local` as a person or a program starts it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readOptions } from "../../../commands/local/options.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "keyless-command-"));

interface Run {
  child: ChildProcess;
  output: Promise<string>;
  errors: () => string;
}

const start = (...args: string[]): Run => {
  const child = spawn(process.execPath, ["--import", "tsx", "commands/local.ts", ...args], { cwd: ROOT });
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const output = new Promise<string>((resolve) => {
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
      if (text.includes("\n")) resolve(text);
    });
    child.on("close", () => resolve(text));
  });
  return { child, output, errors: () => errors };
};

const ended = async ({ child }: Run): Promise<number | null> =>
  child.exitCode ?? ((await once(child, "close"))[0] as number | null);

let running: Run;
let proxyUrl: string;
beforeAll(async () => {
  running = start("--dir", dir, "--state", join(dir, "state"));
  const ready = JSON.parse(await running.output);
  expect(ready).toEqual({
    ready: true,
    proxyUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    dir,
    machine: "none",
  });
  proxyUrl = ready.proxyUrl;
});
afterAll(async () => {
  running.child.kill("SIGTERM");
  expect(await ended(running)).toBe(0);
  rmSync(dir, { recursive: true, force: true });
});

/** What a shell has after it has read `env.sh`. */
const shell = async (script: string): Promise<string> => {
  const child = spawn("bash", ["-c", `. "${join(dir, "env.sh")}"; ${script}`], { cwd: ROOT });
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  await once(child, "close");
  return text.trim();
};

test("writes what clients need; what is secret is its owner's only", () => {
  for (const name of ["oci-config", "api-key.pem", "deployer-key.pem", "env.sh"]) {
    expect([name, statSync(join(dir, name)).mode & 0o777]).toEqual([name, 0o600]);
  }
  expect(readFileSync(join(dir, "api-key.pem"), "utf8").trimEnd()).toMatch(/\nOCI_API_KEY$/);
  expect(readFileSync(join(dir, "oci-config"), "utf8")).toMatch(/^\[DEFAULT\]\nuser=ocid1\.user\./);
  const endpoints = JSON.parse(readFileSync(join(dir, "endpoints.json"), "utf8"));
  expect(endpoints).toMatchObject({ proxyUrl, metadata: {} });
  for (const name of [
    "oci_identity.IdentityClient",
    "oci_core.ComputeClient",
    "oci_object_storage.ObjectStorageClient",
  ]) {
    // CLIENT_HOST_OVERRIDES takes no path.
    expect(endpoints.hostOverrides[name]).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  }
});

test("env.sh points at it: both cases of the proxy, every certificate variable, HTTP_PROXY left alone", async () => {
  const names = [
    "HTTPS_PROXY",
    "https_proxy",
    "custom_cert_location",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NO_PROXY",
    "OCI_REGION",
    "HTTP_PROXY",
  ];
  const values = (await shell(names.map((name) => `echo "$${name}"`).join(";"))).split("\n");
  const ca = join(dir, "ca.pem");
  expect(values).toEqual([proxyUrl, proxyUrl, ca, ca, ca, ca, "127.0.0.1,localhost", "us-ashburn-1"]);
});

test("the TypeScript SDK works after env.sh, with no other setting", async () => {
  const program = `
    const { ConfigFileAuthenticationDetailsProvider } = require("oci-common");
    const { IdentityClient } = require("oci-identity");
    const authenticationDetailsProvider = new ConfigFileAuthenticationDetailsProvider(process.env.OCI_CONFIG_FILE);
    new IdentityClient({ authenticationDetailsProvider })
      .listCompartments({ compartmentId: authenticationDetailsProvider.getTenantId() })
      .then(({ items }) => console.log(items.map((c) => c.name).sort().join()), (e) => console.log(e.message));`;
  expect(await shell(`"${process.execPath}" -e '${program}'`)).toBe("app,network,security");
});

test("a port in use and wrong options are one message and exit code 2", async () => {
  const other = join(dir, "other");
  const taken = start("--dir", other, "--port", new URL(proxyUrl).port);
  expect(await ended(taken)).toBe(2);
  expect(taken.errors()).toBe(
    `Port ${new URL(proxyUrl).port} on 127.0.0.1 is in use. Choose another with --port, or stop what listens there.\n`,
  );
  expect(existsSync(join(other, "env.sh"))).toBe(false);
  const wrong = start("--port", "x");
  expect(await ended(wrong)).toBe(2);
  expect(wrong.errors()).toContain("Usage: npm run local");
});

test.each([["--port", "65536"], ["--machine", "cloud"], ["--what"], ["extra"]])(
  "%s %s is wrong use",
  (...args) => {
    expect(() => readOptions(args.filter((arg) => arg !== undefined))).toThrow(
      expect.objectContaining({ name: "UsageError", usage: expect.stringContaining("Usage: npm run local") }),
    );
  },
);

test("a kept state gives the same authority and keys again", async () => {
  const again = join(dir, "again");
  const second = start("--dir", again, "--state", join(dir, "state"));
  await second.output;
  for (const name of ["ca.pem", "api-key.pem"]) {
    expect(readFileSync(join(again, name), "utf8")).toBe(readFileSync(join(dir, name), "utf8"));
  }
  second.child.kill("SIGINT");
  expect(await ended(second)).toBe(0);
});
