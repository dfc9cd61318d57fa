import * as oci from "@pulumi/oci";

/** A public and a private subnet with every gateway, and a security group with rules. */
export const network = async (compartmentId: string) => {
  const { services } = await oci.core.getServices({});
  const all = services.find((s) => s.cidrBlock.startsWith("all-"))!;
  const vcn = new oci.core.Vcn("vcn", { compartmentId, cidrBlocks: ["10.0.0.0/16"], dnsLabel: "other" });
  const inVcn = { compartmentId, vcnId: vcn.id };
  const internet = new oci.core.InternetGateway("internet", { ...inVcn, enabled: true });
  const nat = new oci.core.NatGateway("nat", inVcn);
  const oracle = new oci.core.ServiceGateway("oracle", { ...inVcn, services: [{ serviceId: all.id }] });
  const anywhere = { destination: "0.0.0.0/0", destinationType: "CIDR_BLOCK" };
  const out = new oci.core.RouteTable("out", {
    ...inVcn,
    routeRules: [{ ...anywhere, networkEntityId: internet.id }],
  });
  const inside = new oci.core.RouteTable("inside", {
    ...inVcn,
    routeRules: [
      { ...anywhere, networkEntityId: nat.id },
      { destination: all.cidrBlock, destinationType: "SERVICE_CIDR_BLOCK", networkEntityId: oracle.id },
    ],
  });
  const list = new oci.core.SecurityList("list", {
    ...inVcn,
    egressSecurityRules: [{ destination: "0.0.0.0/0", protocol: "all" }],
    ingressSecurityRules: [
      { source: "0.0.0.0/0", protocol: "6", tcpOptions: { min: 22, max: 22 } },
      { source: "10.0.0.0/16", protocol: "1", icmpOptions: { type: 3, code: 4 } },
      {
        source: "10.0.0.0/16",
        protocol: "17",
        udpOptions: { min: 53, max: 53, sourcePortRange: { min: 1024, max: 65535 } },
      },
    ],
  });
  const subnet = new oci.core.Subnet("subnet", {
    ...inVcn,
    cidrBlock: "10.0.1.0/24",
    dnsLabel: "public",
    routeTableId: out.id,
    securityListIds: [list.id],
  });
  new oci.core.Subnet("private", {
    ...inVcn,
    cidrBlock: "10.0.2.0/24",
    routeTableId: inside.id,
    prohibitPublicIpOnVnic: true,
  });
  const nsg = new oci.core.NetworkSecurityGroup("nsg", inVcn);
  new oci.core.NetworkSecurityGroupSecurityRule("in", {
    networkSecurityGroupId: nsg.id,
    direction: "INGRESS",
    protocol: "6",
    source: "0.0.0.0/0",
    sourceType: "CIDR_BLOCK",
    tcpOptions: { destinationPortRange: { min: 8080, max: 8080 } },
  });
  new oci.core.NetworkSecurityGroupSecurityRule("among", {
    networkSecurityGroupId: nsg.id,
    direction: "EGRESS",
    protocol: "all",
    destination: nsg.id,
    destinationType: "NETWORK_SECURITY_GROUP",
  });
  return { subnetId: subnet.id, nsgId: nsg.id };
};
