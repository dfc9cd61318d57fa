import { expect, it } from "vitest";
import { describe, onMachine, output } from "./support/machine.ts";

/** What curl ends with when no connection comes about in time. */
const TIMED_OUT = 28;

const curl = async (url: string): Promise<number> =>
  (await onMachine().run(`curl -s -o /dev/null -m 4 '${url}'`)).code;

describe("a private subnet with a service gateway", () => {
  it("gives the VNIC's address, the router, OCI's MTU and the metadata address as resolver", async () => {
    expect(await output("ip -4 -o addr show eth0")).toMatch(/10\.20\.0\.\d+\/24/);
    expect(await output("ip route show default")).toContain("via 10.20.0.1");
    expect(await output("cat /sys/class/net/eth0/mtu")).toBe("9000");
    expect(await output("resolvectl dns eth0")).toContain("169.254.169.254");
  });

  it("reaches OCI's hosts under their own names over TLS, trusted by the machine's own store", async () => {
    for (const host of [
      "auth.us-ashburn-1.oraclecloud.com",
      "secrets.vaults.us-ashburn-1.oci.oraclecloud.com",
    ])
      expect(await output(`curl -sS -o /dev/null -m 20 -w '%{ssl_verify_result}' https://${host}/`)).toBe(
        "0",
      );
  });

  it("tells names and time at the metadata address, to any user", async () => {
    const { stdout } = await onMachine().runAs(
      "nobody",
      "resolvectl query --cache=no identity.us-ashburn-1.oraclecloud.com; timedatectl show -p NTPSynchronized",
    );
    expect(stdout).toContain("134.70.24.1");
    expect(stdout).toContain("NTPSynchronized=yes");
    expect((await onMachine().run("resolvectl query example.com")).code).not.toBe(0);
  });

  it.each([
    ["an address of the internet", "http://1.1.1.1/"],
    ["another port of the metadata address", "http://169.254.169.254:8080/"],
    ["another port of the services", "http://134.70.24.1:80/"],
    ["another address of the services network", "https://134.70.24.2/"],
    ["the computer that it runs on, as QEMU's own network would show it", "http://10.0.2.2/"],
    ["the router", "http://10.20.0.1/"],
    ["a neighbour in the subnet", "http://10.20.0.77/"],
    ["another link-local address", "http://169.254.0.2/"],
    ["the metadata address by IPv6", "http://[fd00:c1::a9fe:a9fe]/"],
  ])("does not reach %s", async (_what, url) => {
    expect([TIMED_OUT, 7]).toContain(await curl(url));
  });

  it("does not reach a resolver elsewhere, by UDP or TCP", async () => {
    const ask = (flags: string) =>
      onMachine().run(
        `timeout 5 node -e '
          const r = new (require("dns").Resolver)({ timeout: 2000, tries: 1 });
          r.setServers(["8.8.8.8"]);
          r.resolve4("identity.us-ashburn-1.oraclecloud.com", (e) => process.exit(e ? 9 : 0));' ${flags}`,
      );
    expect((await ask("")).code).not.toBe(0);
    expect(await curl("http://8.8.8.8:53/")).toBe(TIMED_OUT);
  });
});
