/** Which verdict of a console is about what is deployed now. */
import { describe, expect, it } from "vitest";
import { presentProof } from "../../commands/shared/verdict/present.ts";
import { frameHeartbeat, frameVerdict, type Heartbeat, type Verdict } from "../../document/verdict.ts";

const INSTANCE = "ocid1.instance.oc1.iad.aaaa";
const NOW = "a".repeat(64);
const OLD = "b".repeat(64);
const BOOT = "[    0.000000] Linux version 6.12\n";

const said = (over: Partial<Verdict> = {}): string =>
  frameVerdict({ version: 1, ok: true, instance: INSTANCE, documentSha256: NOW, probes: [], ...over });
const beat = (over: Partial<Heartbeat> = {}): string =>
  frameHeartbeat({
    version: 1,
    ok: true,
    instance: INSTANCE,
    documentSha256: NOW,
    boot: "one",
    time: "2026-11-27T10:00:00.000Z",
    proof: { runs: 7, everyS: 600, heartbeatS: 3600 },
    ...over,
  });
const started = (sha256: string): string =>
  beat({ ok: undefined, documentSha256: sha256, proof: { runs: 0, everyS: 600, heartbeatS: 3600 } });

const present = (console: string, known?: string) => presentProof(console, INSTANCE, NOW, known);

describe("the verdict about what is deployed now", () => {
  it("is of the present boot and of this instance", () => {
    const after = said({ boot: "two", ok: false, cause: "token" });
    const other = said({ boot: "two", instance: "ocid1.instance.oc1.iad.bbbb" });
    expect(present(`${BOOT}${said({ boot: "one" })}${BOOT}`)).toEqual({});
    expect(present(`${BOOT}${said({ boot: "one" })}${BOOT}${after}${other}`).verdict).toMatchObject({
      boot: "two",
      cause: "token",
    });
  });

  it("names the deployed document; one of another document is shown as before the change", () => {
    const old = said({ documentSha256: OLD });
    expect(present(old)).toEqual({ before: expect.objectContaining({ documentSha256: OLD }) });
    expect(present(old + said({ ok: false, cause: "bundle" })).verdict).toMatchObject({ cause: "bundle" });
    expect(presentProof(said(), INSTANCE, undefined).verdict).toBeUndefined();
  });

  it("is none when the same document was deployed again after another one", () => {
    expect(present(said() + said({ documentSha256: OLD })).before).toMatchObject({ documentSha256: OLD });
    expect(present(said() + started(OLD)).verdict).toBeUndefined();
    expect(present(said() + started(OLD) + started(NOW)).before).toMatchObject({ documentSha256: NOW });
    expect(present(started(OLD) + started(NOW) + said()).verdict).toMatchObject({ ok: true });
  });

  it("names a document, unless the machine did not get so far as to read one", () => {
    const none = { documentSha256: undefined };
    expect(present(said(none)).verdict).toBeUndefined();
    expect(present(said({ ...none, ok: false, cause: "not-authorised" })).verdict).toBeUndefined();
    for (const cause of ["boot", "metadata"] as const)
      expect(present(said({ ...none, ok: false, cause })).verdict).toMatchObject({ cause });
  });

  it("stays the launcher's refusal while the check goes on with the document before", () => {
    const proof = { runs: 9, everyS: 600, heartbeatS: 3600 };
    const refusal = said({ ok: false, cause: "document" });
    const old = said({ documentSha256: OLD, proof });
    const goesOn =
      refusal +
      beat({ documentSha256: OLD }) +
      said({ documentSha256: OLD, proof, ok: false, cause: "service" });
    expect(present(started(OLD) + old + goesOn).verdict).toMatchObject({ cause: "document" });
    expect(present(started(OLD) + old + goesOn + started(OLD) + old).verdict).toBeUndefined();
  });

  it("is not kept young by heartbeats that say otherwise: the verdict between them was lost", () => {
    const bad = beat({ ok: false, cause: "too-much-allowed" });
    expect(present(said() + beat()).provedAt).toBe("2026-11-27T10:00:00.000Z");
    expect(present(said() + bad)).toEqual({ before: expect.objectContaining({ ok: true }) });
    expect(present(said() + bad + beat()).verdict).toMatchObject({ ok: true });
  });

  it("counts again when the machine has got over what was said of it", () => {
    const silent = said({ documentSha256: undefined, ok: false, cause: "metadata" });
    expect(present(started(NOW) + said() + silent).verdict).toMatchObject({ cause: "metadata" });
    expect(present(started(NOW) + said() + silent + beat()).verdict).toMatchObject({ ok: true });
  });

  it("was proved when it was said, or found the same again", () => {
    const time = "2026-11-27T09:00:00.000Z";
    expect(present(said({ time })).provedAt).toBe(time);
    expect(present(said({ time }) + beat()).provedAt).toBe("2026-11-27T10:00:00.000Z");
    expect(present(said({ time }) + beat({ documentSha256: OLD })).provedAt).toBe(time);
  });

  it("follows a known one in the order in which they were said", () => {
    const verdicts = [said({ boot: "a" }), said({ boot: "b" }), said({ boot: "c" })];
    const known = JSON.stringify(present(verdicts[0]!).verdict);
    expect(present(verdicts.join(""), known).verdict?.boot).toBe("b");
    expect(present(verdicts[0]! + said({ documentSha256: OLD }), known).verdict).toBeUndefined();
    expect(present(verdicts[1]!, known).verdict?.boot).toBe("b");
  });
});
