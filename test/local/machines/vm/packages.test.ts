import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "vitest";
import { missingForVm } from "../../../../local/machines/vm/packages.ts";
import { skipUnless } from "../../../support/skip.ts";

const path = process.env["PATH"];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keyless-path-"));
  process.env["PATH"] = folder;
});
afterEach(() => {
  process.env["PATH"] = path;
  rmSync(folder, { recursive: true });
});

const program = (name: string, says = ""): void =>
  writeFileSync(join(folder, name), `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });

skipUnless(process.platform === "linux", "virtual machines are for Linux").it(
  "names every package that is missing, in one message",
  async () => {
    expect(await missingForVm(true)).toMatch(
      /^a virtual machine needs programs .*apt-get install .*qemu-system-x86 qemu-utils util-linux mmdebstrap/,
    );
    expect(await missingForVm(false)).not.toContain("mmdebstrap");
  },
);

skipUnless(process.platform === "linux", "virtual machines are for Linux").it(
  "says that a QEMU is too old",
  async () => {
    for (const name of ["qemu-img", "setpriv"]) program(name);
    program("qemu-system-x86_64", "QEMU emulator version 6.2.0");
    expect(await missingForVm(false)).toBe("a virtual machine needs QEMU 7.2 or newer; found 6.2");
    program("qemu-system-x86_64", "QEMU emulator version 10.0.2");
    expect(await missingForVm(false)).toBeUndefined();
  },
);
