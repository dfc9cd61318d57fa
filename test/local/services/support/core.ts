/** The core services through Oracle's own SDK, and the resources that most tests need. */
import { BlockstorageClient, ComputeClient, models, VirtualNetworkClient } from "oci-core";
import { WorkRequestClient } from "oci-workrequests";
import { WELL_KNOWN } from "../../../../local/bootstrap.ts";
import type { LocalOci } from "../../../../local/index.ts";
import { quickly, sdkClient } from "../../../support/sdk.ts";

const compartmentId = WELL_KNOWN.compartments.app;

/** Clients that sign as the administrator, and what makes resources in the compartment app. */
export type Core = ReturnType<typeof coreOf>;

/** Clients and helpers for one local OCI. */
export const coreOf = (oci: LocalOci) => {
  const network = sdkClient(oci, VirtualNetworkClient, "core");
  const compute = sdkClient(oci, ComputeClient, "core");
  const blocks = sdkClient(oci, BlockstorageClient, "core");
  const work = () => sdkClient(oci, WorkRequestClient, "workrequests") as never;

  const newVcn = async (cidr = "10.0.0.0/16", more = {}) => {
    const { vcn } = await network.createVcn({
      createVcnDetails: { compartmentId, cidrBlocks: [cidr], ...more },
    });
    return vcn;
  };

  /** A VCN that may be changed: while it is being provisioned, OCI refuses that. */
  const availableVcn = async (cidr: string) => {
    const { id: vcnId } = await newVcn(cidr);
    const waited = await network
      .createWaiters(work(), quickly)
      .forVcn({ vcnId }, models.Vcn.LifecycleState.Available);
    return waited!.vcn;
  };

  const newSubnet = async (vcnId: string, cidrBlock = "10.0.1.0/24", more = {}) => {
    const { subnet } = await network.createSubnet({
      createSubnetDetails: { compartmentId, vcnId, cidrBlock, ...more },
    });
    return subnet;
  };

  const newestImage = async (shape = "VM.Standard.A1.Flex", version = "9") =>
    (
      await compute.listImages({
        compartmentId,
        operatingSystem: "Oracle Linux",
        operatingSystemVersion: version,
        shape,
        sortBy: "TIMECREATED" as never,
        sortOrder: "DESC" as never,
      })
    ).items[0]!;

  const launch = async (subnetId: string, more = {}) => {
    const image = await newestImage();
    const launchInstanceDetails = {
      compartmentId,
      availabilityDomain: "Uocm:US-ASHBURN-AD-1",
      shape: "VM.Standard.A1.Flex",
      shapeConfig: { ocpus: 1, memoryInGBs: 6 },
      displayName: "box",
      createVnicDetails: { subnetId, assignPublicIp: false },
      sourceDetails: { sourceType: "image", imageId: image.id },
      metadata: { user_data: "IyEvYmluL3No", keyless: "{}" },
      ...more,
    } as models.LaunchInstanceDetails;
    const { instance } = await compute.launchInstance({ launchInstanceDetails });
    const running = await compute
      .createWaiters(work(), quickly)
      .forInstance({ instanceId: instance.id }, models.Instance.LifecycleState.Running);
    return running!.instance;
  };
  return { network, compute, blocks, work, newVcn, availableVcn, newSubnet, newestImage, launch };
};
