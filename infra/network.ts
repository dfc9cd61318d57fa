import * as oci from "@pulumi/oci";
import * as pulumi from "@pulumi/pulumi";
import type { WorkloadTags } from "./tags.ts";

export interface NetworkArgs {
  compartmentId: string;
  /** An existing subnet: nothing is made. */
  subnetId?: string | undefined;
  /** Address range of a new network. */
  cidr: string;
  /** Target of the service gateway: every Oracle service of the region. Needed for a new network. */
  services: { id: string; cidr: string } | undefined;
  name: string;
  tags: WorkloadTags;
}

/**
 * A private subnet with a service gateway, from which Oracle's services can be reached and nothing else; nothing
 * can reach into it. Or an existing subnet.
 */
export class Network extends pulumi.ComponentResource {
  readonly subnetId: pulumi.Output<string>;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("keyless:index:Network", name, {}, opts);
    this.subnetId = args.subnetId ? pulumi.output(args.subnetId) : this.#make(name, args);
    this.registerOutputs({ subnetId: this.subnetId });
  }

  #make(name: string, args: NetworkArgs): pulumi.Output<string> {
    const { services } = args;
    if (!services) throw new Error("a new network needs the region's services");
    const parent = { parent: this };
    const common = { compartmentId: args.compartmentId, ...args.tags };
    const vcn = new oci.core.Vcn(
      `${name}-vcn`,
      { ...common, cidrBlocks: [args.cidr], displayName: `${args.name}-vcn` },
      parent,
    );
    // OCI makes it with SSH open to the world. Nothing uses it here, and a subnet that somebody adds would.
    new oci.core.DefaultSecurityList(
      `${name}-default-security`,
      {
        ...args.tags,
        manageDefaultResourceId: vcn.defaultSecurityListId,
        displayName: `${args.name}-unused`,
        ingressSecurityRules: [],
        egressSecurityRules: [],
      },
      parent,
    );
    const gateway = new oci.core.ServiceGateway(
      `${name}-gateway`,
      {
        ...common,
        vcnId: vcn.id,
        services: [{ serviceId: services.id }],
        displayName: `${args.name}-services`,
      },
      parent,
    );
    const routes = new oci.core.RouteTable(
      `${name}-routes`,
      {
        ...common,
        vcnId: vcn.id,
        displayName: `${args.name}-routes`,
        routeRules: [
          {
            description: "Oracle's services, and nothing else",
            destination: services.cidr,
            destinationType: "SERVICE_CIDR_BLOCK",
            networkEntityId: gateway.id,
          },
        ],
      },
      parent,
    );
    const security = new oci.core.SecurityList(
      `${name}-security`,
      {
        ...common,
        vcnId: vcn.id,
        displayName: `${args.name}-outbound-https`,
        ingressSecurityRules: [],
        egressSecurityRules: [
          {
            description: "HTTPS to Oracle's services",
            destination: services.cidr,
            destinationType: "SERVICE_CIDR_BLOCK",
            protocol: "6",
            tcpOptions: { min: 443, max: 443 },
          },
        ],
      },
      parent,
    );
    const subnet = new oci.core.Subnet(
      `${name}-subnet`,
      {
        ...common,
        vcnId: vcn.id,
        cidrBlock: args.cidr,
        displayName: `${args.name}-private`,
        prohibitInternetIngress: true,
        prohibitPublicIpOnVnic: true,
        routeTableId: routes.id,
        securityListIds: [security.id],
      },
      parent,
    );
    return subnet.id;
  }
}
