/** How commands end: exit code and text by what was thrown, and that every command ends so. */
import { readdirSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { commandLine, endingOf, runCommand, UsageError } from "../../commands/shared/exit.ts";
import { ConfigError } from "../../commands/shared/stack-config.ts";
import { SettingsError } from "../../infra/settings/error.ts";
import { OciError } from "../../oci/client.ts";

const folder = new URL("../../commands/", import.meta.url);

it("says wrong use with its usage, and broken settings, with exit code 2", () => {
  expect(endingOf(new UsageError("--port is x", "Usage: …"))).toEqual({
    code: 2,
    text: "--port is x\n\nUsage: …",
  });
  expect(endingOf(new UsageError("--port is x"))).toEqual({ code: 2, text: "--port is x" });
  expect(endingOf(new ConfigError("no such file"))).toEqual({ code: 2, text: "no such file" });
  const settings = new SettingsError([{ setting: "keyless:name", message: "is missing" }]);
  expect(endingOf(settings)).toEqual({ code: 2, text: settings.message });
});

it("says what is foreseen in its message alone, with exit code 1", () => {
  const refused = new OciError("core.GetInstance", 404, "NotAuthorizedOrNotFound", "no", "r1");
  for (const error of [new Error("it failed"), refused, new TypeError("fetch failed", { cause: refused })])
    expect(endingOf(error)).toEqual({ code: 1, text: error.message });
});

it("shows where a defect is, with exit code 1", () => {
  const { code, text } = endingOf(new TypeError("x is not a function"));
  expect({ code, text }).toEqual({
    code: 1,
    text: expect.stringMatching(/x is not a function\n\s+at .+exit\.test/),
  });
  expect(endingOf("thrown text")).toEqual({ code: 1, text: "thrown text" });
});

it("reads a command line, or says what is wrong with it above the usage", () => {
  const config = { args: ["--nosuch"], options: { port: { type: "string" } } } as const;
  expect(() => commandLine(config, "Usage: …")).toThrow(
    expect.objectContaining({
      name: "UsageError",
      usage: "Usage: …",
      message: expect.stringMatching(/nosuch/),
    }),
  );
  expect(commandLine({ ...config, args: ["--port", "1"] }, "").values.port).toBe("1");
});

let before: typeof process.exitCode;
beforeEach(() => {
  before = process.exitCode;
});
afterEach(() => {
  process.exitCode = before;
  vi.restoreAllMocks();
});

it("runs a command to its exit code", async () => {
  const printed = vi.spyOn(console, "error").mockImplementation(() => {});
  await runCommand(async () => 1);
  expect(process.exitCode).toBe(1);
  await runCommand(() => {
    throw new ConfigError("no such file");
  });
  expect(process.exitCode).toBe(2);
  expect(printed.mock.calls).toEqual([["no such file"]]);
});

it.each(readdirSync(folder).filter((name) => name.endsWith(".ts")))("%s ends by runCommand", (name) => {
  const text = readFileSync(new URL(name, folder), "utf8");
  expect(text).toMatch(/^(if .* )?(await|void) runCommand\(/m);
  expect(text).not.toMatch(/class UsageError|process\.exitCode|process\.exit\(\d/);
});
