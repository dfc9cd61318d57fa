/** QEMU's arguments. @module */
import { join } from "node:path";
import type { Image } from "./image.ts";

/** Memory of a guest. */
const MEMORY_MB = 1024;

/** Options with which one machine's QEMU is started. */
export interface QemuOptions {
  /** The machine's own folder. */
  folder: string;
  image: Image;
  /** The disk that the overlay stands on: the image's, or one of the machine's own. */
  disk: string;
  macAddress: string;
  kvm: boolean;
  /** Offset of the clock when the machine is switched on, in ms. */
  clockOffsetMs: number;
  /** True when QEMU's guest agent may be used. */
  agent: boolean;
}

/** The files in a machine's folder. */
export const filesIn = (folder: string) => ({
  console: join(folder, "console.log"),
  overlay: join(folder, "disk.qcow2"),
  link: join(folder, "link.sock"),
  monitor: join(folder, "monitor.sock"),
  agent: join(folder, "agent.sock"),
  credential: join(folder, "credential"),
});

/** Formats a time in RFC 3339 without zone, as `-rtc base=` takes it: UTC. */
const rtcBase = (ms: number): string => new Date(ms).toISOString().slice(0, 19);

/**
 * The command, by a shell: the overlay is made first, once.
 * @param options with a clock that is off the base time is of when the arguments are made
 */
export const qemuCommand = (options: QemuOptions): string[] => {
  const { folder, image } = options;
  const files = filesIn(folder);
  const qemu = [
    "qemu-system-x86_64",
    ...["-name", "keyless", "-machine", "q35", "-smp", "2", "-m", `${MEMORY_MB}`],
    ...(options.kvm ? ["-accel", "kvm", "-cpu", "host"] : ["-accel", "tcg,thread=multi", "-cpu", "max"]),
    ...["-nodefaults", "-no-user-config", "-display", "none"],
    ...["-kernel", image.kernel, "-initrd", image.initrd],
    "-append",
    "root=LABEL=root rw console=ttyS0 net.ifnames=0 panic=5",
    // By this cloud-init knows that it is in OCI.
    ...["-smbios", "type=3,asset=OracleCloud.com"],
    ...["-smbios", `type=11,path=${files.credential}`],
    ...["-chardev", `file,id=console,path=${files.console},append=on`, "-serial", "chardev:console"],
    ...["-drive", `file=${files.overlay},if=virtio,format=qcow2,cache=unsafe,discard=unmap`],
    ...["-netdev", `stream,id=vnic,server=off,addr.type=unix,addr.path=${files.link}`],
    ...["-device", `virtio-net-pci,netdev=vnic,mac=${options.macAddress}`],
    ...["-device", "virtio-rng-pci"],
    ...["-qmp", `unix:${files.monitor},server=on,wait=off`],
    ...(options.clockOffsetMs ? ["-rtc", `base=${rtcBase(Date.now() + options.clockOffsetMs)}`] : []),
    ...(options.agent
      ? [
          ...["-device", "virtio-serial-pci"],
          ...["-chardev", `socket,id=agent,path=${files.agent},server=on,wait=off`],
          ...["-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"],
        ]
      : []),
  ];
  const script = `[ -e "$1" ] || qemu-img create -q -f qcow2 -F raw -b "$2" "$1" || exit 1; shift 2; exec "$@"`;
  return ["/bin/sh", "-c", script, "keyless-qemu", files.overlay, options.disk, ...qemu];
};
