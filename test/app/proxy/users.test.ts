/** Whose socket and token it is, with users of this machine: needs root to become them. */
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { uidOf } from "../../../app/proxy/listen/ownership.ts";
import { startTestProxy } from "../../support/proxy.ts";
import { skipUnless } from "../../support/skip.ts";

const NOBODY = uidOf("nobody")!;
const DAEMON = uidOf("daemon")!;
const isRoot = process.getuid!() === 0;
const hasSetfacl = spawnSync("setfacl", ["--version"]).status === 0;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "keyless-users-"));
  chmodSync(dir, 0o711);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Runs a program as a user of this machine; gives its exit code. */
const as = (uid: number, program: string, ...args: string[]): number | null =>
  spawnSync(program, args, { uid, gid: uid, timeout: 10_000 }).status;

const connects = (uid: number, path: string): boolean =>
  as(
    uid,
    process.execPath,
    "-e",
    `require("net").connect(${JSON.stringify(path)}).on("connect",()=>process.exit(0)).on("error",()=>process.exit(7))`,
  ) === 0;

skipUnless(isRoot, "the user is not root").describe("as root", () => {
  it("socket and token are given to the client's user, and no other user can use them", async () => {
    const t = await startTestProxy({
      sockets: { dir },
      tokens: { dir },
      users: { app: "nobody", other: "daemon" },
    });
    try {
      const paths = { socket: join(dir, "app.sock"), token: join(dir, "app.token") };
      expect(statSync(paths.socket)).toMatchObject({ uid: NOBODY });
      expect(statSync(paths.socket).mode & 0o777).toBe(0o600);
      expect(connects(NOBODY, paths.socket)).toBe(true);
      expect(connects(DAEMON, paths.socket)).toBe(false);
      expect(as(NOBODY, "cat", paths.token)).toBe(0);
      expect(as(DAEMON, "cat", paths.token)).toBe(1);
      expect(as(NOBODY, "ls", dir)).not.toBe(0);
    } finally {
      await t.close();
    }
  });

  it("a client whose user is not there gets neither, and the others theirs", async () => {
    const t = await startTestProxy({ sockets: { dir }, tokens: { dir }, users: { app: "no-such-user" } });
    try {
      expect(t.logged.join()).toContain("client app: there is no user no-such-user");
      expect(Object.keys(t.proxy.clients)).toEqual(["other"]);
    } finally {
      await t.close();
    }
  });
});

skipUnless(isRoot && hasSetfacl, isRoot ? "setfacl is not on PATH" : "the user is not root").describe(
  "as a user without privileges",
  () => {
    it("access control lists let the client's user in, and no other", async () => {
      chownSync(dir, DAEMON, DAEMON);
      const module = join(import.meta.dirname, "../../../app/proxy/listen/sockets.ts");
      const script = join(dir, "listen.mjs");
      writeFileSync(
        script,
        `import { createServer } from "node:http";
       import { listenAtSocket } from ${JSON.stringify(module)};
       const server = createServer((_, res) => res.end());
       await listenAtSocket(server, ${JSON.stringify(join(dir, "app.sock"))}, ${NOBODY});
       setTimeout(() => process.exit(0), 300);
       process.stdout.write("listening");`,
      );
      const tsx = join(import.meta.dirname, "../../../node_modules/tsx/dist/loader.mjs");
      const run = spawnSync(process.execPath, ["--import", tsx, script], {
        uid: DAEMON,
        gid: DAEMON,
        timeout: 20_000,
        env: { PATH: process.env["PATH"], TMPDIR: dir },
      });
      expect(run.stderr.toString()).toBe("");
      expect(run.stdout.toString()).toBe("listening");
      const acl = spawnSync("getfacl", ["-cn", join(dir, "app.sock")]).stdout.toString();
      expect(acl).toContain(`user:${NOBODY}:rw-`);
      expect(acl).toContain("other::---");
      expect(acl).toContain("group::---");
    });
  },
);

it("the users of this machine are known", () => {
  expect(uidOf("root")).toBe(0);
  expect(uidOf("no-such-user")).toBeUndefined();
});
