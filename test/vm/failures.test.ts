import { afterEach, expect, it } from "vitest";
import type { KeylessDocument } from "../../document/schema.ts";
import { changeDocument, describe, documentNow, nextVerdict, output, verdicts } from "./support/machine.ts";

/** Points the launcher at another bundle. */
const bundleBecomes = (bundle: KeylessDocument["bundle"]): Promise<void> =>
  changeDocument((document) => {
    document.bundle = bundle;
  });

/** Breaks something on the machine, starts the check again, and reads what it says. */
const verdictAfter = async (breakIt: () => Promise<unknown>, restarts = true) => {
  const before = (await verdicts()).length;
  await breakIt();
  if (restarts) await output("systemctl restart --no-block keyless-check.service");
  return nextVerdict(before);
};

describe("what fails on the machine is a marked line on its console", () => {
  let repair = async (): Promise<unknown> => undefined;
  afterEach(async () => {
    await repair();
    repair = async () => undefined;
    const before = (await verdicts()).length;
    await output(
      "systemctl start keyless-lock.service keyless-proxy.service; systemctl restart --no-block keyless-check.service",
      200_000,
    );
    expect(await nextVerdict(before)).toMatchObject({ ok: true });
  });

  it("the bundle is another one than the metadata says", async () => {
    const { bundle } = await documentNow();
    repair = () => bundleBecomes(bundle);
    const said = await verdictAfter(() => bundleBecomes({ ...bundle, sha256: "0".repeat(64) }), false);
    expect(said).toMatchObject({ ok: false, cause: "bundle", says: expect.stringContaining("SHA-256") });
  });

  it("the bundle is not there", async () => {
    const { bundle } = await documentNow();
    const missing = { url: bundle.url.replace(/[^/]+$/, "app-none.cjs"), sha256: "1".repeat(64) };
    repair = () => bundleBecomes(bundle);
    const said = await verdictAfter(() => bundleBecomes(missing), false);
    expect(said).toMatchObject({ ok: false, cause: "bundle", says: expect.stringContaining("404") });
    expect(JSON.stringify(said)).not.toContain("/p/");
  });

  it("the metadata service does not answer", async () => {
    repair = () => output("nft delete table inet broken");
    const said = await verdictAfter(() =>
      output(
        "nft 'add table inet broken; add chain inet broken out { type filter hook output priority -10; }; add rule inet broken out ip daddr 169.254.169.254 tcp dport 80 drop'",
      ),
    );
    expect(said).toMatchObject({
      ok: false,
      cause: "metadata",
      says: expect.stringContaining("did not answer"),
    });
  });

  it("the disk is full", async () => {
    repair = () => output("rm -f /fill");
    const said = await verdictAfter(() =>
      output(
        "systemctl stop keyless-check.service; rm -f /var/lib/keyless-check/*.cjs; fallocate -l $(df --output=avail -B1 / | tail -1) /fill; runuser -u nobody -- sh -c '! cp /usr/bin/node /var/tmp/x'; rm -f /var/tmp/x",
        200_000,
      ),
    );
    expect(said).toMatchObject({
      ok: false,
      cause: "boot",
      says: expect.stringContaining("no space is left"),
    });
  });

  it("the clock is wrong", async () => {
    repair = () => output("date -s '20 minutes ago'; systemctl start systemd-timesyncd");
    const said = await verdictAfter(() => output("systemctl stop systemd-timesyncd; date -s '20 minutes'"));
    expect(said).toMatchObject({ ok: false, cause: "clock", says: expect.stringMatching(/1[12]\d\d s off/) });
  });

  it("no package mirror is reached, and Node is not there", async () => {
    repair = () =>
      output("mv /usr/bin/node.away /usr/bin/node; systemctl restart --no-block keyless-proxy.service");
    const said = await verdictAfter(
      () => output("mv /usr/bin/node /usr/bin/node.away; ! sh /usr/local/lib/keyless/setup.sh", 500_000),
      false,
    );
    expect(said).toMatchObject({
      ok: false,
      cause: "boot",
      advice: expect.stringContaining("package mirrors"),
    });
  });

  it("the metadata address cannot be locked: then the app does not run", async () => {
    repair = () => output("mv /usr/sbin/nft.away /usr/sbin/nft");
    const said = await verdictAfter(
      () =>
        output("mv /usr/sbin/nft /usr/sbin/nft.away; systemctl restart keyless-lock.service; true", 120_000),
      false,
    );
    expect(said).toMatchObject({ ok: false, cause: "boot", says: expect.stringContaining("not be locked") });
    expect(await output("systemctl is-active keyless-check.service keyless-proxy.service; true")).not.toMatch(
      /^active/m,
    );
  });
});
