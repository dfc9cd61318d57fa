import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { readStackConfig } from "../../commands/shared/stack-config.ts";
import type { Fault } from "../../commands/start/faults.ts";
import { runScenario } from "../../commands/start/scenario.ts";

const config = {
  ...readStackConfig(resolve(import.meta.dirname, "../../Pulumi.local.yaml")),
  "keyless:deadlineS": "3",
};

const run = (fault: Partial<Fault>) =>
  runScenario({
    config,
    stack: "local",
    engine: "embedded",
    machine: "process",
    fault: { name: "one-character", broken: "one character", end: [], ...fault },
    signal: new AbortController().signal,
    progress: () => {},
  });

/** The text with one character of its first match changed to another that may stand there. */
const changed = (text: string, ocid: RegExp): string =>
  text.replace(ocid, (found) => found.slice(0, -1) + (found.endsWith("a") ? "b" : "a"));

const inStatement = (ocid: RegExp): Partial<Fault> => ({
  alter: (operation, body) => {
    if (operation !== "identity.CreatePolicy") return;
    body["statements"] = (body["statements"] as string[]).map((s) => changed(s, ocid));
  },
});

/** Serves the instance's certificate with one character of an OCID in it changed; everything else as it is. */
const inCertificate = (ocid: RegExp): Partial<Fault> => ({
  beforeBoot: async ({ local }) => {
    const [url] = local.cloud.metadata.values();
    const response = await fetch(`${url}/identity/cert.pem`, { headers: { authorization: "Bearer Oracle" } });
    const pem = await response.text();
    const [, base64] = /-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/.exec(pem)!;
    const der = Buffer.from(base64!, "base64").toString("latin1");
    const altered = changed(der, ocid);
    expect(altered).not.toBe(der);
    const lines = Buffer.from(altered, "latin1")
      .toString("base64")
      .match(/.{1,64}/g)!;
    const body = `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
    local.interceptors.push(({ surface, target }) =>
      surface === "metadata" && target.endsWith("/identity/cert.pem")
        ? { body: Buffer.from(body) }
        : undefined,
    );
  },
});

describe("access is decided by evaluation: one character changed makes the run fail", () => {
  it.each([
    ["the group's OCID in the statement", inStatement(/ocid1\.dynamicgroup\.[\w.-]+/)],
    ["the compartment's OCID in the statement", inStatement(/ocid1\.compartment\.[\w.-]+/)],
    ["the secret's OCID in the statement", inStatement(/ocid1\.vaultsecret\.[\w.-]+/)],
    ["the permission in the statement", inStatement(/SECRET_BUNDLE_READ/)],
    [
      "the instance's OCID in the rule",
      {
        alter: (operation, body) => {
          if (operation !== "identity.CreateDynamicGroup") return;
          body["matchingRule"] = changed(String(body["matchingRule"]), /ocid1\.instance\.[\w.-]+/);
        },
      },
    ],
    ["the instance's OCID in the certificate", inCertificate(/ocid1\.instance\.[\w.-]+/)],
    ["the tenancy's OCID in the certificate", inCertificate(/ocid1\.tenancy\.[\w.-]+/)],
  ] satisfies [string, Partial<Fault>][])("%s", async (_, fault) => {
    expect((await run(fault)).ok).toBe(false);
  });
});
