import { execFileSync } from "node:child_process";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { bootFiles, cloudConfig } from "../../infra/boot/cloud-config.ts";
import { readBootScript } from "../../infra/boot-script.ts";
import { expectedTrust, SIGNING_KEY_BYTES } from "../../infra/document.ts";
import { trustIn, userData } from "../../infra/user-data.ts";
import { filesOf } from "../../local/machines/process/units.ts";

const trust = expectedTrust("keyless/dev", SIGNING_KEY_BYTES.longest);
const textOf = (data: string): string => gunzipSync(Buffer.from(data, "base64")).toString();

test("the committed user_data is the cloud-config of the files beside it, and behind it whom a stack trusts", () => {
  const text = textOf(userData(trust));
  expect(text.startsWith(cloudConfig())).toBe(true);
  const files = (parse(text) as { write_files: { path: string; content: string; permissions: string }[] })
    .write_files;
  expect(files.slice(0, -1).map(({ path, content }) => ({ path, content }))).toEqual(
    bootFiles().map(({ path, content }) => ({ path, content })),
  );
  const last = files.at(-1)!;
  expect(last).toMatchObject({ path: "/usr/local/lib/keyless/trust.json", permissions: "0644" });
  expect(JSON.parse(last.content)).toEqual(trust);
  expect(
    JSON.parse(
      (parse(textOf(userData("unsigned"))) as { write_files: typeof files }).write_files.at(-1)!.content,
    ),
  ).toEqual({
    unsigned: true,
  });
});

test("user_data is the same bytes for the same stack, and gunzip reads both of its members", () => {
  expect(userData(trust)).toBe(userData({ publicKey: trust.publicKey, stack: trust.stack }));
  expect(userData(trust)).not.toBe(userData({ ...trust, stack: "keyless/other" }));
  const bytes = Buffer.from(userData(trust), "base64");
  expect(execFileSync("gunzip", ["-c"], { input: bytes }).toString()).toBe(textOf(userData(trust)));
});

test("what an instance trusts is read from its user_data; one of a version that did not sign has nothing", () => {
  expect(trustIn(userData(trust))).toEqual(trust);
  expect(trustIn(userData("unsigned"))).toBe("unsigned");
  expect(trustIn(Buffer.from(cloudConfig()).toString("base64"))).toBeUndefined();
  expect(trustIn("aGk=")).toBeUndefined();
});

test("user_data with the longest key leaves half of the metadata's 32,000 bytes to the document", () => {
  expect(userData(trust).length).toBeLessThan(16_000);
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

test("a script of the user's is a part beside ours, which is found again in it", () => {
  const script = "#!/bin/sh\necho ok\n";
  const withScript = userData(trust, script);
  const message = gunzipSync(Buffer.from(withScript, "base64")).toString("utf8");
  expect(message).toMatch(/^MIME-Version: 1\.0\nContent-Type: multipart\/mixed; boundary="==keyless=="\n/);
  const bodies = message.split("--==keyless==").slice(1, -1);
  const [head, config] = [bodies[0]!.slice(0, bodies[0]!.indexOf("\n\n")), bodies[0]!.split("\n\n").slice(1)];
  expect(head).toContain("text/cloud-config");
  expect(config.join("\n\n").trimEnd()).toBe(textOf(userData(trust)).trimEnd());
  // Seven bits, as the part's head says.
  expect(message).toMatch(/^[\x00-\x7f]*$/);
  const [type, body] = bodies[1]!.split("\n\n") as [string, string];
  expect(type).toContain("text/x-shellscript");
  expect(Buffer.from(body, "base64").toString()).toBe(script);
  // What the parts cost beside the script itself.
  expect(withScript.length).toBeLessThan(userData(trust).length + 700);
  expect(trustIn(withScript)).toEqual(trust);
  expect(filesOf(withScript)).toEqual(filesOf(userData(trust)));
});

test.each([
  ["nothing.sh", "which cannot be read (ENOENT)"],
  ["package.json", "which does not begin with #!"],
  ["package-lock.json", "which has "],
])("a boot script %s is refused: %s", (path, why) => {
  expect(() => readBootScript(path)).toThrow(`keyless:bootScript`);
  expect(() => readBootScript(path)).toThrow(why);
});
