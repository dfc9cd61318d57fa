import { beforeAll, expect, it } from "vitest";
import { describe, onMachine, output } from "./support/machine.ts";

const METADATA = "http://169.254.169.254/opc/v2";
const ask = (path: string): string => `curl -s -m 10 -H 'Authorization: Bearer Oracle' ${METADATA}/${path}`;
const asIntruder = (command: string) => onMachine().runAs("intruder", command);

describe("the metadata address", () => {
  beforeAll(async () => {
    await output("id intruder 2>/dev/null || useradd intruder");
  });

  it("answers root and the app's users", async () => {
    expect(await output(ask("instance/region"))).toBe("iad");
    for (const user of ["keyless-check", "keyless-proxy"])
      expect((await onMachine().runAs(user, ask("instance/region"))).stdout).toBe("iad");
  });

  it.each(["instance/", "identity/key.pem", "instance/metadata/keyless"])(
    "refuses %s to other users",
    async (path) => {
      for (const user of ["intruder", "nobody", "debian", "www-data"]) {
        const ran = await onMachine().runAs(user, ask(path));
        expect({ user, code: ran.code, said: ran.stdout }).toEqual({ user, code: 7, said: "" });
      }
    },
  );

  it("refuses what a container sends, whoever it is in there", async () => {
    await output(`set -e
      ip netns add box; ip link add box0 type veth peer name box1 netns box
      ip addr add 172.30.0.1/24 dev box0; ip link set box0 up
      ip netns exec box ip addr add 172.30.0.2/24 dev box1; ip netns exec box ip link set box1 up
      ip netns exec box ip route add default via 172.30.0.1
      sysctl -qw net.ipv4.ip_forward=1
      nft 'add table ip box; add chain ip box post { type nat hook postrouting priority srcnat; }; add rule ip box post masquerade'`);
    try {
      // Another name of OCI's passes the same way.
      const allowed = await onMachine().run(
        "ip netns exec box curl -sk -o /dev/null -m 20 -w %{http_code} https://134.70.24.1/ --resolve auth.us-ashburn-1.oraclecloud.com:443:134.70.24.1 https://auth.us-ashburn-1.oraclecloud.com/",
      );
      expect(allowed.stdout).toContain("40");
      expect((await onMachine().run(`ip netns exec box ${ask("instance/region")}`)).code).toBe(7);
    } finally {
      await output("nft delete table ip box; ip netns delete box; sysctl -qw net.ipv4.ip_forward=0");
    }
  });

  it("stays locked when the distribution's own firewall starts anew and takes all tables away", async () => {
    await output("systemctl restart nftables.service", 120_000);
    expect((await asIntruder(ask("instance/region"))).code).toBe(7);
    expect(await output(ask("instance/region"))).toBe("iad");
    await output(
      "systemctl stop nftables.service; systemctl start keyless-proxy.service keyless-check.service",
      120_000,
    );
    expect((await asIntruder(ask("instance/region"))).code).toBe(7);
  });
});

describe("another user of the machine", () => {
  beforeAll(async () => {
    await output("for user in intruder mailer; do id $user 2>/dev/null || useradd $user; done", 120_000);
    // The user came after the proxy: its endpoint follows.
    await output(
      "for i in $(seq 150); do getfacl -cp /run/keyless-proxy/mailer.sock 2>/dev/null | grep -q user:mailer && break; sleep 1; done; getfacl -cp /run/keyless-proxy/mailer.sock | grep -q user:mailer",
      200_000,
    );
  });

  it("that is a client uses its own socket and token", async () => {
    const call = "/secrets/20190301/secretbundles/ocid1.vaultsecret.oc1.iad.unknown";
    const bySocket = await onMachine().runAs(
      "mailer",
      `curl -s -m 30 -o /dev/null -w '%{http_code}' --unix-socket /run/keyless-proxy/mailer.sock http://localhost${call}`,
    );
    expect(bySocket.stdout).toBe("403");
    const byToken = await onMachine().runAs(
      "mailer",
      `curl -s -m 30 -o /dev/null -w '%{http_code}' -H "X-Api-Key: $(cat /run/keyless-proxy/mailer.token)" http://127.0.0.1:8480${call}`,
    );
    expect(byToken.stdout).toBe("403");
  });

  it("does not get another client's token or socket", async () => {
    for (const user of ["intruder", "mailer"]) {
      const token = await onMachine().runAs(user, "cat /run/keyless-proxy/operator.token");
      expect([token.code, token.stdout]).toEqual([1, ""]);
      const socket = await onMachine().runAs(
        user,
        "curl -s -m 10 --unix-socket /run/keyless-proxy/operator.sock http://localhost/core/20160918/instances",
      );
      expect([socket.code, socket.stdout]).toEqual([7, ""]);
      const check = await onMachine().runAs(
        user,
        "curl -s -m 10 --unix-socket /run/keyless-proxy/check/mailer.sock http://localhost/",
      );
      expect(check.code).toBe(7);
    }
    const bare = await asIntruder(
      "curl -s -m 10 -o /dev/null -w '%{http_code}' http://127.0.0.1:8480/core/20160918/instances",
    );
    expect(bare.stdout).toBe("401");
  });

  it("does not read the settings or the app's files", async () => {
    for (const path of [
      "/run/cloud-init/instance-data.json",
      "/run/cloud-init/instance-data-sensitive.json",
      "/run/cloud-init/combined-cloud-config.json",
      "/var/lib/cloud/instance/obj.pkl",
      "/var/lib/cloud/instance/user-data.txt",
      "/var/lib/keyless-check/.",
      "/var/lib/keyless-proxy/.",
      "/run/keyless-proxy/proxy.json",
    ]) {
      // What is not there has nothing to be read.
      const ran = await asIntruder(
        `test ! -e ${path} -a ! -L ${path} || ls ${path}/ >/dev/null 2>&1 || cat ${path}`,
      );
      if (ran.code === 0) expect({ path, said: ran.stdout }).toEqual({ path, said: "" });
    }
    // Nothing that any user may read names the bundle's URL.
    const grep =
      "grep -rlsI '/p/[A-Za-z0-9_-]*/n/keylesslocal' /run /var/log /var/lib/cloud /etc /tmp 2>/dev/null; true";
    expect((await asIntruder(grep)).stdout).toBe("");
    expect((await output(grep)).length).toBeGreaterThan(0);
  });

  it("does not read the proxy's memory, environment or open files", async () => {
    const pids = (await output("cat /sys/fs/cgroup/system.slice/keyless-proxy.service/cgroup.procs")).split(
      "\n",
    );
    for (const pid of pids) {
      for (const file of ["mem", "environ", "maps"])
        expect((await asIntruder(`head -c 1 /proc/${pid}/${file}`)).stdout).toBe("");
      expect((await asIntruder(`ls /proc/${pid}/fd`)).stdout).toBe("");
      expect((await asIntruder(`kill -ABRT ${pid}`)).code).not.toBe(0);
    }
  });

  it("finds the document in no command line", async () => {
    expect(
      (await asIntruder("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '; true")).stdout,
    ).not.toContain("ocid1.");
  });
});
