import { execFileSync } from "node:child_process";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { bootFiles, cloudConfig } from "../../infra/boot/cloud-config.ts";
import { userData } from "../../infra/user-data.ts";

test("the committed user_data is the cloud-config of the files beside it", () => {
  expect(gunzipSync(Buffer.from(userData(), "base64")).toString()).toBe(cloudConfig());
});

test("user_data leaves most of the metadata's 32,000 bytes to the document", () => {
  expect(userData().length).toBeLessThan(14_000);
});

test.each(bootFiles().filter((file) => file.path.endsWith(".sh")))(
  "$path has no errors of syntax",
  (file) => {
    execFileSync("sh", ["-n"], { input: file.content });
  },
);

test("the proxy's audit has a folder that outlives restarts, and journald drops none of its lines", () => {
  const unit = bootFiles()
    .find((file) => file.path.endsWith("/keyless-proxy.service"))!
    .content.split("\n");
  expect(unit).toContain("LogsDirectory=keyless-proxy");
  expect(unit).toContain("LogRateLimitIntervalSec=0");
});
