import { expect, test, vi } from "vitest";
import { metadataSha256 } from "../../document/digest.ts";
import type { KeylessDocument } from "../../document/schema.ts";
import { signatureProblem, type Trust } from "../../document/signature.ts";
import { trustIn } from "../../infra/user-data.ts";
import { minimal, ocid, only, type ProgramRun, results, runProgram } from "./support/run-program.ts";

vi.mock("../../infra/bundle.ts", () => ({
  buildBundle: async () => ({ path: "/x", content: "// app\n", sha256: "ab".repeat(32) }),
}));

/** Pulumi's sentinel for a value that a preview does not know. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const metadataOf = (run: ProgramRun) =>
  only(run, "Instance").inputs["metadata"] as { user_data: string; keyless: string };
const documentOf = (run: ProgramRun) => JSON.parse(metadataOf(run).keyless) as KeylessDocument;
const trustOf = (run: ProgramRun) => trustIn(metadataOf(run).user_data) as Trust;

/** What a stack of the same project and name has in OCI. */
const deployed = (metadata: object, own: object = { freeformTags: { "keyless-stack": "keyless/dev" } }) => ({
  ...results,
  getInstances: () => ({
    instances: [
      { id: ocid("instance", "own"), ...own },
      { id: ocid("instance", "foreign"), freeformTags: {} },
    ],
  }),
  getInstance: ({ instanceId }: Record<string, unknown>) =>
    instanceId === ocid("instance", "own") ? { metadata } : { metadata: { keyless: "{}" } },
});

test("the document is signed by a key whose public half is in user_data, and by no other stack's", async () => {
  const run = await runProgram(minimal);
  const key = only(run, "Key", "signer-key");
  expect(key.inputs).toMatchObject({
    keyShape: { algorithm: "RSA", length: 384 },
    protectionMode: "SOFTWARE",
    displayName: "keyless-dev-signing-key",
  });
  const document = documentOf(run);
  expect(signatureProblem(document, trustOf(run))).toBeUndefined();
  expect(document.signature).toMatchObject({ stack: "keyless/dev" });
  expect(Math.abs(document.signature!.sequence - Date.now())).toBeLessThan(60_000);
  expect(signatureProblem(document, { ...trustOf(run), stack: "keyless/prod" })).toBe(
    "it is for the stack keyless/dev, not for keyless/prod",
  );
  const altered = { ...document, bundle: { url: "https://example.com/x", sha256: "cd".repeat(32) } };
  expect(signatureProblem(altered, trustOf(run))).toMatch(/not one of the stack's key/);
  expect(run.outputs["signingKey"]).toBe(key.id);
});

test.each([
  ["a number that JSON has not", '{"x":1e400,"signature":'],
  ["nesting deeper than the stack", `{"x":${"[".repeat(20_000)}${"]".repeat(20_000)},"signature":`],
])("a deployed document with %s counts as nothing, and is put right", async (_, beginning) => {
  const first = await runProgram(minimal);
  const signature = { stack: "keyless/dev", sequence: 1, value: "AA==" };
  const keyless = `${beginning}${JSON.stringify(signature)}}`;
  expect(signatureProblem(JSON.parse(keyless), trustOf(first))).toBe("it cannot be written as JSON");
  const again = await runProgram(minimal, { results: deployed({ ...metadataOf(first), keyless }) });
  expect(signatureProblem(documentOf(again), trustOf(again))).toBeUndefined();
});

test("the instance is tried for the right to sign for itself, where documents are signed", async () => {
  const run = await runProgram(minimal);
  const probe = (of: ProgramRun) => documentOf(of).check.probes.find(({ name }) => name === "signing-key");
  expect(probe(run)).toMatchObject({
    operation: "keymanagement.Sign",
    endpoint: only(run, "Sign").inputs["cryptoEndpoint"],
    body: { keyId: run.outputs["signingKey"] },
    target: { id: run.outputs["signingKey"], seen: "stack" },
    expected: "refused",
  });
  expect(probe(await runProgram({ ...minimal, "keyless:signDocument": "false" }))).toBeUndefined();
});

test("what is signed is a digest: the bundle's address is not in it, and it is no secret", async () => {
  const sign = only(await runProgram(minimal), "Sign");
  const message = Buffer.from(String(sign.raw["message"]), "base64").toString();
  expect(JSON.parse(message)).toEqual([
    "keyless document 1",
    "keyless/dev",
    expect.any(Number),
    expect.stringMatching(/^[0-9a-f]{64}$/),
  ]);
});

test("a document that is deployed keeps its signature: nothing changes where nothing did", async () => {
  const first = await runProgram(minimal);
  const again = await runProgram(minimal, { results: deployed(metadataOf(first)) });
  expect(metadataOf(again)).toEqual(metadataOf(first));
  expect(only(again, "Sign").inputs).toEqual(only(first, "Sign").inputs);
});

test("a deployed document keeps its signature although somebody took the instance's tags off", async () => {
  const first = await runProgram(minimal);
  const own = { displayName: only(first, "Instance").inputs["displayName"], freeformTags: {} };
  const again = await runProgram(minimal, { results: deployed(metadataOf(first), own) });
  expect(metadataOf(again)).toEqual(metadataOf(first));
});

test("a document that returns to an earlier one is signed anew, although that one was put back", async () => {
  const a = await runProgram(minimal);
  const b = await runProgram(
    { ...minimal, "keyless:deadlineS": "60" },
    { results: deployed(metadataOf(a)), stack: "dev" },
  );
  const [first, second] = [a, b].map((run) => documentOf(run).signature!.sequence) as [number, number];
  expect(second).toBeGreaterThan(first);
  // The instance has accepted B; somebody puts A back; the stack returns to A.
  const asked: unknown[] = [];
  const again = await runProgram(minimal, {
    results: {
      ...deployed(metadataOf(a)),
      readStackOutputs: ({ name }) => {
        asked.push(name);
        return { outputs: b.outputs };
      },
    },
  });
  expect(asked).toEqual(["organization/keyless/dev"]);
  expect(documentOf(again).signature!.sequence).toBeGreaterThan(second);
  expect(signatureProblem(documentOf(again), trustOf(again))).toBeUndefined();
  // Where nothing was put back, nothing changes.
  const results = { ...deployed(metadataOf(b)), readStackOutputs: () => ({ outputs: b.outputs }) };
  const same = await runProgram({ ...minimal, "keyless:deadlineS": "60" }, { results });
  expect(metadataOf(same)).toEqual(metadataOf(b));
});

test("outputs that cannot be read stop no deployment", async () => {
  const first = await runProgram(minimal);
  const results = {
    ...deployed(metadataOf(first)),
    readStackOutputs: () => {
      throw new Error("no backend client is available");
    },
  };
  expect(metadataOf(await runProgram(minimal, { results }))).toEqual(metadataOf(first));
});

test("the outputs say what was deployed: document, boot volume, agent; none of it is secret", async () => {
  const run = await runProgram(minimal);
  expect(run.outputs["deployed"]).toEqual({
    document: {
      sha256: metadataSha256(metadataOf(run).keyless),
      sequence: documentOf(run).signature!.sequence,
    },
    bootVolume: only(run, "Instance").id.replace(".instance.", ".bootvolume."),
    agent: { isManagementDisabled: true, isMonitoringDisabled: false },
  });
  expect(run.secretOutputs).not.toContain("deployed");
});

test("a changed document comes after the one that is deployed, whatever the deployer's clock says", async () => {
  const first = await runProgram(minimal);
  const { sequence } = documentOf(first).signature!;
  vi.useFakeTimers({ now: sequence - 3_600_000, toFake: ["Date"] });
  const next = await runProgram(
    { ...minimal, "keyless:deadlineS": "60" },
    { results: deployed(metadataOf(first)) },
  );
  vi.useRealTimers();
  expect(documentOf(next).signature!.sequence).toBe(sequence + 1);
  expect(metadataOf(next).user_data).toBe(metadataOf(first).user_data);
});

test.each([
  ["another stack's", (m: object) => m, "keyless/prod"],
  [
    "one that somebody altered",
    (m: { keyless: string }) => ({ ...m, keyless: m.keyless.replace("abab", "cdcd") }),
    "keyless/dev",
  ],
  ["one that is no document", (m: object) => ({ ...m, keyless: "[not json" }), "keyless/dev"],
])("%s deployed document lends nothing its signature", async (_, change, tag) => {
  const first = await runProgram(minimal);
  vi.useFakeTimers({ now: Date.now() + 5_000, toFake: ["Date"] });
  const again = await runProgram(minimal, {
    results: deployed(change(metadataOf(first) as { keyless: string }), {
      freeformTags: { "keyless-stack": tag },
    }),
  });
  vi.useRealTimers();
  expect(documentOf(again).signature!.sequence).toBeGreaterThan(documentOf(first).signature!.sequence);
  expect(signatureProblem(documentOf(again), trustOf(again))).toBeUndefined();
});

test("a preview of a changed document knows the whole metadata: no replacement is announced, and nothing is signed", async () => {
  const first = await runProgram(minimal);
  const preview = await runProgram(
    { ...minimal, "keyless:deadlineS": "60" },
    { results: deployed(metadataOf(first)), preview: { unknown: ["Sign"] } },
  );
  expect(JSON.stringify(only(preview, "Instance").raw["metadata"])).not.toContain(UNKNOWN);
  expect(metadataOf(preview).user_data).toBe(metadataOf(first).user_data);
  expect(documentOf(preview).check.deadlineS).toBe(60);
  expect(signatureProblem(documentOf(preview), trustOf(first))).toMatch(/not one of the stack's key/);
});

test("a preview without changes shows none", async () => {
  const first = await runProgram(minimal);
  const preview = await runProgram(minimal, {
    results: deployed(metadataOf(first)),
    preview: { unknown: [] },
  });
  expect(metadataOf(preview)).toEqual(metadataOf(first));
});

test("an existing key signs, from a vault of its own", async () => {
  const run = await runProgram({
    ...minimal,
    "keyless:signingVaultId": ocid("vault", "other"),
    "keyless:signingKeyId": ocid("key", "sign"),
  });
  expect(run.resources.map((r) => r.name)).not.toContain("signer-key");
  expect(only(run, "Sign").inputs).toMatchObject({
    cryptoEndpoint: "https://other-crypto.kms.example",
    keyId: ocid("key", "sign"),
    signingAlgorithm: "SHA_256_RSA_PKCS1_V1_5",
  });
  expect(signatureProblem(documentOf(run), trustOf(run))).toBeUndefined();
});

test("a key that cannot sign is refused before anything is registered", async () => {
  const settings = {
    ...minimal,
    "keyless:signingVaultId": ocid("vault", "other"),
    "keyless:signingKeyId": ocid("key", "aes"),
  };
  const aes = {
    ...results,
    getKey: () => ({ ...results["getKey"]!({ keyId: "k" }), keyShapes: [{ algorithm: "AES" }] }),
  };
  await expect(runProgram(settings, { results: aes })).rejects.toThrow(
    "keyless:signingKeyId: found a key of type AES; allowed: one of type RSA, which signs",
  );
  const absent = { ...results, getKey: ({ keyId }: Record<string, unknown>) => ({ keyId, keyShapes: [] }) };
  await expect(runProgram(settings, { results: absent })).rejects.toThrow(
    /keyless:signingKeyId: found no key/,
  );
});

test("without signing there is no key, and the instance takes every document", async () => {
  const run = await runProgram({ ...minimal, "keyless:signDocument": "false" });
  expect(run.resources.filter((r) => r.type.endsWith(":Sign") || r.name === "signer-key")).toEqual([]);
  expect(documentOf(run).signature).toBeUndefined();
  expect(trustIn(metadataOf(run).user_data)).toBe("unsigned");
  expect(run.calls.map((c) => c.token)).not.toContain("oci:Core/getInstances:getInstances");
});
