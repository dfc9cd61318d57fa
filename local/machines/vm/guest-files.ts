/**
 * Files and packages that make the image's Debian one that boots in OCI: its datasource, clock and resolver
 * as Oracle's platform images have them. Nothing of keyless is in it.
 * @module
 */

/** A file of the image. */
export interface GuestFile {
  path: string;
  content: string;
}

/** Files, beside what the packages bring. */
export const guestFiles: readonly GuestFile[] = [
  { path: "/etc/fstab", content: "LABEL=root / ext4 defaults 0 1\n" },
  // As on platform images: no time is lost with other clouds.
  { path: "/etc/cloud/cloud.cfg.d/90_datasource.cfg", content: "datasource_list: [ Oracle, None ]\n" },
  // One kind of host key: others take long to make without hardware virtualisation.
  { path: "/etc/cloud/cloud.cfg.d/91_ssh.cfg", content: "ssh_genkeytypes: [ed25519]\n" },
  {
    path: "/etc/systemd/timesyncd.conf.d/oci.conf",
    content: "[Time]\nNTP=169.254.169.254\nFallbackNTP=\n",
  },
  // The journal stays in memory: the machine's disk is a few megabytes of changes.
  { path: "/etc/systemd/journald.conf.d/volatile.conf", content: "[Journal]\nStorage=volatile\n" },
];

/** Units that have nothing to do on a machine that lives for minutes. */
export const maskedUnits: readonly string[] = [
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
  "dpkg-db-backup.timer",
  "e2scrub_all.timer",
  "e2scrub_reap.service",
  "fstrim.timer",
];

/** Packages: what Debian's own cloud image has of what is used here, Node from the distribution, and QEMU's agent. */
export const guestPackages: readonly string[] = [
  "acl",
  "ca-certificates",
  "cloud-init",
  "curl",
  "dbus",
  "e2fsprogs",
  "iproute2",
  "isc-dhcp-client",
  "linux-image-cloud-amd64",
  "netbase",
  "nftables",
  "nodejs",
  "openssh-server",
  "python3-requests",
  "qemu-guest-agent",
  "systemd",
  "systemd-resolved",
  "systemd-sysv",
  "systemd-timesyncd",
  "udev",
];
