import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { underLoad } from "./support/load.ts";
import {
  changeDocument,
  deployer,
  describe,
  documentNow,
  instanceId,
  nextVerdict,
  output,
  verdicts,
} from "./support/machine.ts";

/** Ms until a condition of the machine holds. */
const msUntil = async (condition: string): Promise<number> => {
  const startMs = Date.now();
  await output(`for i in $(seq 240); do ${condition} && exit 0; sleep 1; done; exit 1`, 300_000);
  return Date.now() - startMs;
};

/** OCI shows changed metadata within a minute; the machine may take as long again. */
const IN_FORCE_MS = 60_000;

describe("a change by pulumi up", () => {
  it("of a setting is in force within a minute, in the same instance and boot, and cuts no request", async () => {
    const before = await verdicts();
    const counts = await underLoad(async () => {
      await changeDocument((document) => {
        document.proxy!.clients["newcomer"] = { allow: [] };
        document.check.probes = document.check.probes.slice(0, 3);
      });
      expect(await msUntil("test -S /run/keyless-proxy/newcomer.sock")).toBeLessThan(IN_FORCE_MS);
      const verdict = await nextVerdict(before.length);
      expect(verdict).toMatchObject({ ok: true, instance: instanceId(), boot: before.at(-1)!.boot });
      expect(verdict.probes).toHaveLength(3);
    });
    expect(Object.keys(counts)).toEqual(["200"]);
    expect(counts["200"]).toBeGreaterThan(5);
  });

  it("of the app is in force within a minute, in the same instance and boot, and cuts no request", async () => {
    const { bundle } = await documentNow();
    const [, namespaceName, bucketName, objectName] = /\/n\/([^/]+)\/b\/([^/]+)\/o\/(.+)$/.exec(bundle.url)!;
    const content = Buffer.from(
      `${await output(`cat /var/lib/keyless-proxy/${bundle.sha256}.cjs`)}\n// Another release.\n`,
    );
    const sha256 = createHash("sha256").update(content).digest("hex");
    const params = {
      namespaceName: namespaceName!,
      bucketName: bucketName!,
      objectName: `app-${sha256}.cjs`,
    };
    await deployer().call("objectstorage.PutObject", { params, body: content });
    const before = await verdicts();
    try {
      const counts = await underLoad(async () => {
        await changeDocument((document) => {
          document.bundle = { url: bundle.url.replace(objectName!, params.objectName), sha256 };
        });
        const running = `grep -qz ${sha256} /proc/$(tail -1 /sys/fs/cgroup/system.slice/keyless-proxy.service/cgroup.procs)/cmdline`;
        expect(await msUntil(running)).toBeLessThan(IN_FORCE_MS);
        expect(await nextVerdict(before.length)).toMatchObject({ ok: true, boot: before.at(-1)!.boot });
      });
      expect(Object.keys(counts)).toEqual(["200"]);
    } finally {
      await changeDocument((document) => {
        document.bundle = bundle;
      });
      await deployer().call("objectstorage.DeleteObject", { params });
    }
    await nextVerdict(before.length + 1);
  });
});
