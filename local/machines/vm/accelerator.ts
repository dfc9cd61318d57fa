/**
 * Tests that KVM really works here. `/dev/kvm` may be there, and open, and a guest's kernel still not run
 * (nested virtualisation without some instructions): only booting one shows it.
 * @module
 */
import { spawn } from "node:child_process";
import { access, constants } from "node:fs/promises";

const BOOT_MS = 15_000;

/**
 * Boots a kernel with KVM and no disk: it must come to the point where it finds none.
 * @param kernel file of a Linux kernel
 */
export const kvmWorks = async (kernel: string): Promise<boolean> => {
  const opens = await access("/dev/kvm", constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!opens) return false;
  return new Promise((resolve) => {
    const args = "-accel kvm -cpu host -machine q35 -m 256 -display none -net none -no-reboot -serial stdio";
    const child = spawn(
      "qemu-system-x86_64",
      [...args.split(" "), "-kernel", kernel, "-append", "console=ttyS0 panic=-1"],
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    const late = setTimeout(() => child.kill("SIGKILL"), BOOT_MS);
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-100_000);
    });
    child.once("error", () => resolve(false));
    child.once("close", () => {
      clearTimeout(late);
      resolve(said.includes("Unable to mount root fs"));
    });
  });
};
