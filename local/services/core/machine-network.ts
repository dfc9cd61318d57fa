/**
 * The network as an instance's machine sees it: the primary VNIC, and where the subnet's routes lead.
 * @module
 */
import { addressText } from "../../addresses.ts";
import type { MachineSpec } from "../../machines/driver.ts";
import type { State } from "../../state/state.ts";
import type { Resource } from "../../state/store.ts";
import { parseBlock } from "./cidr.ts";

const primaryVnic = (cloud: State, instanceId: string): Resource<"vnic"> | undefined =>
  cloud.store.list("vnic").find(({ model, hidden }) => model.isPrimary && hidden.instanceId === instanceId);

const subnetOf = (cloud: State, vnic: Resource<"vnic"> | undefined): Resource<"subnet"> | undefined =>
  cloud.store.get(vnic?.model.subnetId, "subnet");

/**
 * The primary VNIC as the machine's hardware and DHCP need it.
 * @throws Error when the instance has none
 */
export const machineVnic = (cloud: State, instanceId: string): MachineSpec["vnic"] => {
  const vnic = primaryVnic(cloud, instanceId);
  const subnet = subnetOf(cloud, vnic);
  if (!vnic || !subnet) throw new Error(`instance ${instanceId} has no VNIC`);
  const block = parseBlock(subnet.model.cidrBlock, "cidrBlock");
  return {
    address: vnic.model.privateIp,
    macAddress: vnic.model.macAddress,
    prefixBits: block.bits,
    router: subnet.model.virtualRouterIp ?? addressText(block.first + 1),
  };
};

const isOpen = (cloud: State, gatewayId: string): boolean => {
  const gateway =
    cloud.store.get(gatewayId, "servicegateway") ??
    cloud.store.get(gatewayId, "natgateway") ??
    cloud.store.get(gatewayId, "internetgateway");
  if (gateway?.model.lifecycleState !== "AVAILABLE") return false;
  return !("blockTraffic" in gateway.model && gateway.model.blockTraffic);
};

/**
 * True when the routes of the instance's subnet lead to all of Oracle's services: by a service gateway, or by
 * a gateway to everywhere (docs.oracle.com, "Access to Oracle Services: Service Gateway").
 */
export const reachesServices = (cloud: State, instanceId: string): boolean => {
  const subnet = subnetOf(cloud, primaryVnic(cloud, instanceId));
  const table = cloud.store.get(subnet?.model.routeTableId, "routetable");
  return (table?.model.routeRules ?? []).some(
    ({ destination = "", networkEntityId }) =>
      (destination.startsWith("all-") || destination === "0.0.0.0/0") && isOpen(cloud, networkEntityId),
  );
};
